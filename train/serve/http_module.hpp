#pragma once

// What the program and the module that holds the HTTP library agree on.

#include <functional>
#include <memory>
#include <string>

namespace adjoint {

struct PageRequest {
  std::string method;  // "GET"
  std::string host;    // the header Host: "127.0.0.1:8700"
  std::string path;    // "/data", decoded
};

struct PageAnswer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body = {};
  std::string allow = {};  // the header Allow
};

/// Calls from several threads at once.
using PageHandler = std::function<PageAnswer(const PageRequest&)>;

/// A server on 127.0.0.1, from its making until its end.
class PageServer {
 public:
  virtual ~PageServer() = default;
  virtual int port() const = 0;
};

struct HttpModule {
  /// Serves on a port, or on any free one for 0; null where the port cannot be had.
  std::unique_ptr<PageServer> (*serve)(int port, PageHandler handler);
};

inline constexpr const char* kHttpModule = "libadjoint_http_library.so";
inline constexpr const char* kHttpModuleEntry = "adjoint_http_module_1";
using GetHttpModule = const HttpModule*();

/// The module, loaded when it is first asked for: a program that serves nothing starts without the
/// HTTP library and its OpenSSL. Throws RunError if it is not there.
const HttpModule& http_module();

}  // namespace adjoint
