// oneDNN's direct convolutions on NHWC memory: near the machine's limit where both sides have many
// channels. Everything that names oneDNN is in this file; onednn_missing.cpp stands in for it where
// the library is not installed.
//
// A oneDNN primitive is made for one batch size. Each product holds one for the batch that most
// runs have, and one for a single image, which takes what is left over.

#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/instruction_sets.hpp"
#include "framework/pointwise/linear.hpp"
#include "framework/tensor/aligned_vector.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using dnnl::memory;
using Descriptor = memory::desc;
using Type = memory::data_type;

/// Below this number of channels on one side oneDNN pads more than it computes.
constexpr Index kFewestChannels = 5;

/// Shards run side by side, each on its own thread: oneDNN must not start more, and must know that
/// when it plans.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// A convolution in oneDNN's words: NCHW extents whatever the memory's order, dilation from 0.
struct Shapes {
  memory::dims image, kernel, features, bias, stride, dilation, before, after;

  Shapes(const ConvGeometry& g, Index batch)
      : image{batch, g.image.channels, g.image.h, g.image.w},
        kernel{g.feature_channels_per_group(), g.image_channels_per_group(), g.kernel.h,
               g.kernel.w},
        features{batch, g.features.channels, g.features.h, g.features.w},
        bias{g.features.channels},
        stride{g.stride.h, g.stride.w},
        dilation{g.dilation.h - 1, g.dilation.w - 1},
        before{g.padding.top, g.padding.left},
        after{g.padding.bottom, g.padding.right} {
    if (g.groups > 1) kernel.insert(kernel.begin(), g.groups);
  }
};

struct Descriptors {
  Descriptor image, kernel, features, bias;
};

Descriptors describe(const Shapes& shapes, Type operands, Type result, Product product,
                     const Descriptor* kernel, bool bias) {
  const auto type_of = [&](Product written) { return product == written ? result : operands; };
  return {.image = {shapes.image, type_of(Product::backward_data), memory::format_tag::nhwc},
          .kernel = kernel ? *kernel
                           : Descriptor(shapes.kernel, type_of(Product::backward_kernel),
                                        memory::format_tag::any),
          .features = {shapes.features, type_of(Product::forward), memory::format_tag::nhwc},
          .bias = bias ? Descriptor(shapes.bias, Type::f32, memory::format_tag::x) : Descriptor()};
}

// The makers of primitives are all that tells oneDNN 2 and 3 apart.
constexpr auto kDirect = dnnl::algorithm::convolution_direct;  // the others are not exact
constexpr auto kForward = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
dnnl::convolution_forward::primitive_desc forward_descriptor(const Shapes& s, const Descriptors& d,
                                                             const dnnl::primitive_attr& attr) {
  return {cpu(),      kForward, kDirect,    d.image,  d.kernel, d.bias,
          d.features, s.stride, s.dilation, s.before, s.after,  attr};
}
template <class Kind>
typename Kind::primitive_desc backward_descriptor(
    const Shapes& s, const Descriptors& d, const dnnl::primitive_attr& attr,
    const dnnl::convolution_forward::primitive_desc& hint) {
  return {cpu(),      kDirect,  d.image, d.kernel, d.features, s.stride,
          s.dilation, s.before, s.after, hint,     attr};
}
void append_relu(dnnl::post_ops& ops, float slope) {
  ops.append_eltwise(dnnl::algorithm::eltwise_relu, slope, 0);
}
auto c_descriptor(const Descriptor& descriptor) {
  return descriptor.get();
}
#else
dnnl::convolution_forward::primitive_desc forward_descriptor(const Shapes& s, const Descriptors& d,
                                                             const dnnl::primitive_attr& attr) {
  return {{kForward, kDirect, d.image, d.kernel, d.bias, d.features, s.stride, s.dilation, s.before,
           s.after},
          attr,
          cpu()};
}
template <class Kind>
typename Kind::primitive_desc backward_descriptor(
    const Shapes& s, const Descriptors& d, const dnnl::primitive_attr& attr,
    const dnnl::convolution_forward::primitive_desc& hint) {
  return {{kDirect, d.image, d.kernel, d.features, s.stride, s.dilation, s.before, s.after},
          attr,
          cpu(),
          hint};
}
void append_relu(dnnl::post_ops& ops, float slope) {
  ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, slope, 0);
}
auto c_descriptor(const Descriptor& descriptor) {
  return &descriptor.data;
}
#endif

/// Argument of a primitive: its name, its memory format, and where it is.
struct Argument {
  int name;
  const Descriptor& form;
  const void* data;
};

/// Made for each call: it is cheap, and one that stayed would have to be one for each thread.
struct Stream {
  dnnl_stream_t handle = nullptr;
  Stream() {
    dnnl::error::wrap_c_api(dnnl_stream_create(&handle, cpu().get(), dnnl_stream_default_flags),
                            "no stream");
  }
  ~Stream() { dnnl_stream_destroy(handle); }
};

/// Runs a primitive by the C interface: the C++ one allocates a map and several objects a call.
template <std::size_t count>
void execute(const dnnl::primitive& primitive, const Argument (&arguments)[count]) {
  const OneThread guard;
  const Stream stream;
  dnnl_exec_arg_t list[count] = {};
  for (std::size_t i = 0; i < count; ++i) {
    list[i].arg = arguments[i].name;
    dnnl::error::wrap_c_api(dnnl_memory_create(&list[i].memory, c_descriptor(arguments[i].form),
                                               cpu().get(), const_cast<void*>(arguments[i].data)),
                            "no memory for an argument of a convolution");
  }
  const dnnl_status_t status =
      dnnl_primitive_execute(primitive.get(), stream.handle, static_cast<int>(count), list);
  for (const dnnl_exec_arg_t& argument : list) dnnl_memory_destroy(argument.memory);
  dnnl::error::wrap_c_api(status, "a convolution could not be run");
}

/// oneDNN can apply bias, relu and leaky_relu after its forward product.
bool can_fuse(Product product, const EngineRequest::Follow& follow) {
  const Activation::Kind kind = follow.activation.kind;
  return product == Product::forward && (follow.bias || kind != Activation::Kind::linear) &&
         is_piecewise_linear(kind);
}

/// One product for one batch size.
class Primitive {
 public:
  /// `kernel` is the form of kernel it must take; nullptr leaves it free. Compiling takes half a
  /// millisecond; without it one learns how oneDNN would compute the product. Throws dnnl::error
  /// where it has no implementation of the kind wanted.
  Primitive(const ConvGeometry& g, Product product, Index batch, Type type,
            const EngineRequest::Follow& follow, const Descriptor* kernel, bool compiled = true)
      : product_(product), compiled_(compiled) {
    const OneThread guard;
    const Shapes shapes(g, batch);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::primitive_attr plain = attributes;
    if (can_fuse(product, follow) && follow.activation.kind != Activation::Kind::linear) {
      dnnl::post_ops ops;
      append_relu(ops, follow.activation.kind == Activation::Kind::relu
                           ? 0.0F
                           : static_cast<float>(follow.activation.negative_slope));
      attributes.set_post_ops(ops);
    }
    const Descriptors d = describe(shapes, type, Type::f32, product, kernel,
                                   can_fuse(product, follow) && follow.bias);
    if (product == Product::forward) {
      finish<dnnl::convolution_forward>(forward_descriptor(shapes, d, attributes), d);
      return;
    }
    const auto hint = forward_descriptor(
        shapes, describe(shapes, type, Type::f32, Product::forward, nullptr, false), plain);
    if (product == Product::backward_data) {
      finish<dnnl::convolution_backward_data>(
          backward_descriptor<dnnl::convolution_backward_data>(shapes, d, plain, hint), d);
    } else {
      finish<dnnl::convolution_backward_weights>(
          backward_descriptor<dnnl::convolution_backward_weights>(shapes, d, plain, hint), d);
    }
  }

  const Descriptor& kernel() const { return own_.kernel; }
  const Descriptor& image() const { return own_.image; }
  const Descriptor& features() const { return own_.features; }
  std::size_t scratchpad_bytes() const { return scratchpad_.get_size(); }
  /// One of oneDNN's own fallbacks, which our other engines beat.
  bool is_slow() const {
    return name_.find("ref") != std::string::npos || name_.find("gemm:") != std::string::npos;
  }

  void run(const void* image, const void* kernel, const void* features, const Real* bias,
           const void* scratchpad) const {
    const bool forward = product_ == Product::forward;
    const bool data = product_ == Product::backward_data;
    execute(primitive_,
            {{data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, own_.image, image},
             {forward || data ? DNNL_ARG_WEIGHTS : DNNL_ARG_DIFF_WEIGHTS, own_.kernel, kernel},
             {forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, own_.features, features},
             {DNNL_ARG_BIAS, own_.bias, bias},
             {DNNL_ARG_SCRATCHPAD, scratchpad_, scratchpad}});
  }

 private:
  template <class Kind, class PrimitiveDescriptor>
  void finish(const PrimitiveDescriptor& descriptor, const Descriptors& d) {
    own_ = d;
    if constexpr (std::is_same_v<Kind, dnnl::convolution_backward_weights>) {
      own_.kernel = descriptor.diff_weights_desc();
    } else {
      own_.kernel = descriptor.weights_desc();
    }
    scratchpad_ = descriptor.scratchpad_desc();
    name_ = descriptor.impl_info_str();
    if (compiled_) primitive_ = Kind(descriptor);
  }

  Product product_;
  bool compiled_;
  Descriptors own_;
  Descriptor scratchpad_;
  std::string name_;
  dnnl::primitive primitive_;
};

/// In bf16, oneDNN 2.6 was seen to give wrong numbers for 7 and 9 channels.
bool fills_registers(const ConvGeometry& g) {
  constexpr Index kRegister = 16;
  return g.image_channels_per_group() % kRegister == 0 &&
         g.feature_channels_per_group() % kRegister == 0;
}

/// Whether bf16 was measured to be faster, with AVX-512 BF16. backward_kernel first turns image and
/// features into bf16: small images do not repay that, nor do 3x3 kernels for which `winograd`
/// halves the work in float32.
bool gains_by_bf16(const ConvGeometry& g, Product product) {
  if (!fills_registers(g)) return false;
  if (product != Product::backward_kernel) return true;
  constexpr Index kSmall = 64;  // positions of the features
  const bool winograd_is_faster =
      g.kernel == Extent2{3, 3} && winograd_engine.refusal(g, product).empty();
  return g.features.h * g.features.w >= kSmall && !winograd_is_faster;
}

Index elements(std::size_t bytes) {
  return aligned(static_cast<Index>((bytes + sizeof(Real) - 1) / sizeof(Real)));
}

/// Copies a tensor into another form.
class Reorder {
 public:
  Reorder() = default;
  Reorder(const Descriptor& from, const Descriptor& to) : from_(from), to_(to) {
    const OneThread guard;
    primitive_ = dnnl::reorder(memory(from, cpu(), nullptr), memory(to, cpu(), nullptr));
  }
  void run(const void* from, void* to) const {
    execute(primitive_, {{DNNL_ARG_FROM, from_, from}, {DNNL_ARG_TO, to_, to}});
  }
  Index target_size() const { return elements(to_.get_size()); }

 private:
  Descriptor from_, to_;
  dnnl::reorder primitive_;
};

/// A primitive for one batch size, with what turns its operands into bf16 where it wants that.
class Run {
 public:
  Run(const ConvGeometry& g, Product product, Index batch, const EngineRequest& request,
      const Descriptor* kernel)
      : product_(product),
        bf16_(request.options.precision == Precision::bf16 && gains_by_bf16(g, product)),
        primitive_(g, product, batch, bf16_ ? Type::bf16 : Type::f32, request.follow, kernel) {
    if (!bf16_) return;
    const Shapes shapes(g, batch);
    const auto f32 = [](const memory::dims& dims) {
      return Descriptor(dims, Type::f32, memory::format_tag::nhwc);
    };
    if (product != Product::backward_data) image_ = {f32(shapes.image), primitive_.image()};
    if (product != Product::forward) features_ = {f32(shapes.features), primitive_.features()};
  }

  const Descriptor& kernel() const { return primitive_.kernel(); }
  Index scratch_size() const {
    Index size = elements(primitive_.scratchpad_bytes());
    if (bf16_ && product_ != Product::backward_data) size += image_.target_size();
    if (bf16_ && product_ != Product::forward) size += features_.target_size();
    return size;
  }
  void run(const Real* image, const Real* kernel, const Real* features, const Real* bias,
           Real* scratch) const {
    Real* free = scratch + elements(primitive_.scratchpad_bytes());
    const auto converted = [&](const Reorder& reorder, const Real* from) {
      Real* const to = free;
      reorder.run(from, to);
      free += reorder.target_size();
      return to;
    };
    if (bf16_ && product_ != Product::backward_data) image = converted(image_, image);
    if (bf16_ && product_ != Product::forward) features = converted(features_, features);
    primitive_.run(image, kernel, features, bias, scratch);
  }

 private:
  Product product_;
  bool bf16_;
  Primitive primitive_;
  Reorder image_, features_;
};

class OneDnnProduct final : public PreparedProduct {
 public:
  OneDnnProduct(const ConvGeometry& geometry, Product product, const EngineRequest& request)
      : geometry_(geometry),
        product_(product),
        batch_(std::max<Index>(request.batch, 1)),
        fused_(can_fuse(product, request.follow)),
        whole_(geometry, product, batch_, request, nullptr) {
    if (batch_ > 1) single_.emplace(geometry, product, 1, request, &whole_.kernel());
    const Descriptor plain(
        Shapes(geometry, 1).kernel, Type::f32,
        geometry.groups > 1 ? memory::format_tag::hwigo : memory::format_tag::hwio);
    reorder_ = product == Product::backward_kernel ? Reorder(whole_.kernel(), plain)
                                                   : Reorder(plain, whole_.kernel());
  }

  Index scratch_size() const override {
    return runs_scratch() + (product_ == Product::backward_kernel ? packed_size() : 0);
  }
  Index packed_size() const override { return elements(whole_.kernel().get_size()); }
  void pack(const Real* kernel, Real* packed) const override { reorder_.run(kernel, packed); }
  void unpack(const Real* packed, Real* kernel) const override { reorder_.run(packed, kernel); }

  void run(const ConvOperands& operands, Real* scratch) const override {
    const Index image_size = geometry_.image.shape().size();
    const Index features_size = geometry_.features.shape().size();
    const bool to_kernel = product_ == Product::backward_kernel;
    Real* const part = scratch + runs_scratch();
    if (to_kernel && operands.batch == 0) std::fill_n(operands.kernel, packed_size(), Real{0});
    for (Index n = 0; n < operands.batch;) {
      const bool whole = operands.batch - n >= batch_;
      const bool adds = to_kernel && n > 0;
      (whole ? whole_ : *single_)
          .run(operands.image + n * image_size, adds ? part : operands.kernel,
               operands.features + n * features_size, operands.epilogue.bias.data, scratch);
      if (adds) add(ConstView(part, {packed_size()}), View(operands.kernel, {packed_size()}));
      n += whole ? batch_ : 1;
    }
    if (!fused_) apply_epilogue(geometry_, product_, operands);
  }

 private:
  Index runs_scratch() const {
    return std::max(whole_.scratch_size(), single_ ? single_->scratch_size() : 0);
  }

  ConvGeometry geometry_;
  Product product_;
  Index batch_;
  bool fused_;
  Run whole_;
  std::optional<Run> single_;
  Reorder reorder_;  // between the kernel as it stands and oneDNN's form of it
};

}  // namespace

std::string bf16_refusal() {
  // oneDNN also emulates bf16, slower than float.
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto bf16 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  if ((isa & bf16) == bf16) return {};
  return "this processor has no bf16 instructions (AVX-512 BF16 or AMX)";
}

std::string onednn_instruction_set() {
  return fmt::format("oneDNN {:#x}", static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
}

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl_version();
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

const Engine onednn_engine{
    .name = "onednn",
    .prepare = [](const ConvGeometry& g, Product product,
                  const EngineRequest& request) -> std::unique_ptr<PreparedProduct> {
      return std::make_unique<OneDnnProduct>(g, product, request);
    },
    .refusal = [](const ConvGeometry& g, Product product) -> std::string {
      if (std::min(g.image_channels_per_group(), g.feature_channels_per_group()) <
          kFewestChannels) {
        return fmt::format("it pads sides of fewer than {} channels", kFewestChannels);
      }
      try {
        if (!Primitive(g, product, 1, Type::f32, {}, nullptr, false).is_slow()) return {};
        return "oneDNN has no fast implementation of it for this processor";
      } catch (const dnnl::error& error) {
        return fmt::format("oneDNN says: {}", error.what());
      }
    },
    .in_bf16 = gains_by_bf16};

}  // namespace adjoint
