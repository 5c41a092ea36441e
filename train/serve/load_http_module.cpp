#include <dlfcn.h>

#include "framework/tensor/error.hpp"
#include "train/serve/http_module.hpp"

namespace adjoint {
namespace {

const HttpModule* load_http_module() {
  void* const module = ::dlopen(kHttpModule, RTLD_NOW | RTLD_LOCAL);
  if (!module) {
    throw RunError(
        "the module that serves the page of a training cannot be loaded ({}); install "
        "libcpp-httplib0.11, and build with libcpp-httplib-dev and libssl-dev installed",
        ::dlerror());
  }
  const auto get = reinterpret_cast<GetHttpModule*>(::dlsym(module, kHttpModuleEntry));
  if (!get) throw RunError("{} is not of this version: install both together", kHttpModule);
  return get();
}

}  // namespace

const HttpModule& http_module() {
  static const HttpModule* const module = load_http_module();
  return *module;
}

}  // namespace adjoint
