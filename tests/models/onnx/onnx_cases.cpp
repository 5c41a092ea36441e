#include "tests/models/onnx/onnx_cases.hpp"

#include "framework/graph/predictor.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using Layers = std::vector<std::string>;

std::string conv(const std::string& more, int filters = 4, int kernel = 3) {
  return fmt::format("type = \"Conv2D\"\nfilters = {}\nkernel_size = {}\n", filters, kernel) + more;
}
std::string transposed_conv(const std::string& more, int filters = 3, int kernel = 3) {
  return fmt::format("type = \"Conv2DTranspose\"\nfilters = {}\nkernel_size = {}\n", filters,
                     kernel) +
         more;
}
std::string of_type(const std::string& type, const std::string& more = "") {
  return "type = \"" + type + "\"\n" + more;
}

void add_convolutions(std::vector<OnnxCase>& cases) {
  const std::string image = "[9, 12, 4]";
  for (const char* padding : {"\"same\"", "\"valid\"", "1", "[[0, 2], [1, 0]]"}) {
    for (const int kernel : {2, 3}) {
      for (const int stride : {1, 2, 3}) {
        const std::string more = fmt::format("padding = {}\nstrides = {}\n", padding, stride);
        const std::string name = fmt::format("{} kernel {} stride {}", padding, kernel, stride);
        cases.push_back({"Conv2D " + name, image, {conv(more, 6, kernel)}});
        cases.push_back({"Conv2DTranspose " + name, image, {transposed_conv(more, 6, kernel)}});
        const bool exists = kernel == 3 || stride > 1;  // such an image of even kernels
        if (exists && padding[0] == '"') {
          cases.push_back({"Conv2DTranspose with output_padding " + name,
                           image,
                           {transposed_conv(more + fmt::format("output_padding = {}\n", stride - 1),
                                            6, kernel)}});
        }
      }
    }
  }
  cases.push_back({"Conv2D of groups and dilation",
                   image,
                   {conv("groups = 2\ndilation_rate = [2, 1]\nuse_bias = false\n", 6)}});
  cases.push_back(
      {"Conv2D with two strides", image, {conv("strides = [1, 2]\npadding = \"same\"")}});
  cases.push_back({"Conv2DTranspose of groups and dilation",
                   image,
                   {transposed_conv("groups = 2\ndilation_rate = [1, 3]\nstrides = [2, 1]\n", 6)}});
  cases.push_back(
      {"Conv2DTranspose with explicit zeros",
       image,
       {transposed_conv("strides = 3\npadding = [[1, 0], [0, 1]]\noutput_padding = [2, 1]\n", 3,
                        4)}});
  cases.push_back(
      {"DepthwiseConv2D",
       image,
       {of_type("DepthwiseConv2D",
                "kernel_size = 3\nstrides = 2\npadding = \"same\"\ndepth_multiplier = 3")}});
  cases.push_back(
      {"SeparableConv2D",
       image,
       {of_type("SeparableConv2D",
                "kernel_size = [3, 2]\nfilters = 5\npadding = \"same\"\nactivation = \"relu\"")}});
  cases.push_back({"tied kernels",
                   "[10, 14, 3]",
                   {"name = \"a\"\n" + conv("strides = 2\npadding = \"same\"\n", 8),
                    of_type("Conv2DTranspose", "tied_to = \"a\"\noutput_like = \"a\"")}});
  cases.push_back({"tied kernels of odd images",
                   "[9, 13, 3]",
                   {"name = \"a\"\n" + conv("strides = 2\n", 8),
                    of_type("Conv2DTranspose", "tied_to = \"a\"\noutput_like = \"a\"")}});
}

void add_open_sizes(std::vector<OnnxCase>& cases) {
  for (const Shape& sample : {Shape{9, 14, 2}, Shape{12, 16, 2}}) {
    const std::string size = to_string(sample);
    for (const int stride : {1, 2, 3}) {
      cases.push_back({fmt::format("open Conv2D stride {} on {}", stride, size),
                       "[0, 0, 2]",
                       {conv(fmt::format("padding = \"same\"\nstrides = {}", stride))},
                       sample});
      cases.push_back({fmt::format("open Conv2DTranspose stride {} on {}", stride, size),
                       "[0, 0, 2]",
                       {transposed_conv(fmt::format("padding = \"same\"\nstrides = {}", stride))},
                       sample});
      cases.push_back(
          {fmt::format("open pooling stride {} on {}", stride, size),
           "[0, 0, 2]",
           {of_type("MaxPooling2D", fmt::format("pool_size = 3\nstrides = {}\npadding = "
                                                "\"same\"",
                                                stride)),
            of_type("AveragePooling2D",
                    fmt::format("pool_size = 2\nstrides = {}\npadding = \"same\"", stride))},
           sample});
    }
    cases.push_back({"open dilated Conv2D on " + size,
                     "[0, 0, 2]",
                     {conv("padding = \"same\"\ndilation_rate = 2")},
                     sample});
    for (const int kernel : {1, 2, 4})
      cases.push_back({fmt::format("open kernel {} on {}", kernel, size),
                       "[0, 0, 2]",
                       {conv("padding = \"same\"\nstrides = 2", 4, kernel)},
                       sample});
    cases.push_back({"open height on " + size,
                     fmt::format("[0, {}, 2]", sample[1]),
                     {conv("padding = \"same\"\nstrides = 2")},
                     sample});
    cases.push_back({"open normalizations on " + size,
                     "[0, 0, 2]",
                     {of_type("GroupNormalization", "groups = 1"), of_type("LayerNormalization"),
                      of_type("ZeroPadding2D", "padding = 2\nmode = \"symmetric\""),
                      of_type("Cropping2D", "cropping = 1"),
                      of_type("UpSampling2D", "interpolation = \"bicubic\"")},
                     sample});
  }
  cases.push_back({"open autoencoder with output_like",
                   "[0, 0, 1]",
                   {"name = \"a\"\n" + conv("strides = 2\npadding = \"same\"\n"),
                    "name = \"b\"\n" + conv("strides = 2\npadding = \"same\"\n"),
                    transposed_conv("output_like = \"b\"\nstrides = 2\npadding = \"same\""),
                    transposed_conv("output_like = \"a\"\nstrides = 2\npadding = \"same\"")},
                   {16, 20, 1}});
}

void add_vectors(std::vector<OnnxCase>& cases) {
  const std::string dense = of_type("Dense", "units = 24\nactivation = \"tanh\"");
  cases.push_back(
      {"Dense of a vector",
       "[7]",
       {of_type("Dense", "units = 5"), of_type("Activation", "activation = \"softmax\"")}});
  cases.push_back({"Dense of an image", "[3, 4, 5]", {of_type("Dense", "units = 6")}});
  cases.push_back({"Dense of rows", "[12]", {of_type("Reshape", "target_shape = [4, 3]"), dense}});
  cases.push_back({"Flatten alone", "[3, 4, 2]", {of_type("Flatten")}});
  cases.push_back({"Flatten of a code", "[1, 1, 6]", {of_type("Flatten"), dense}});
  cases.push_back(
      {"Flatten before Dense", "[3, 4, 2]", {of_type("Flatten", "activation = \"relu\""), dense}});
  cases.push_back({"Flatten before two layers",
                   "[3, 4, 2]",
                   {of_type("Flatten", "name = \"f\""), of_type("Dense", "units = 24"),
                    of_type("Add", "inputs = [\"f\", \"dense\"]")}});
  cases.push_back(
      {"Dense before an image", "[7]", {dense, of_type("Reshape", "target_shape = [2, 3, 4]")}});
  cases.push_back({"Dense before a gray image",
                   "[7]",
                   {dense, of_type("Reshape", "target_shape = [4, 6, 1]")}});
  cases.push_back({"Dense between images",
                   "[2, 3, 4]",
                   {of_type("Flatten"), dense, of_type("Reshape", "target_shape = [4, 3, 2]"),
                    conv("padding = \"same\"")}});
  cases.push_back({"Dense and softmax before an image",
                   "[7]",
                   {of_type("Dense", "units = 24\nactivation = \"softmax\""),
                    of_type("Reshape", "target_shape = [2, 3, 4]")}});
  cases.push_back(
      {"Reshape of an image", "[4, 6, 3]", {of_type("Reshape", "target_shape = [3, 4, 6]")}});
  cases.push_back(
      {"Reshape of an image to rows", "[4, 6, 3]", {of_type("Reshape", "target_shape = [8, 9]")}});
}

void add_sizes(std::vector<OnnxCase>& cases) {
  const std::string image = "[5, 7, 4]";
  for (const char* type : {"MaxPooling2D", "AveragePooling2D"})
    for (const char* more :
         {"", "padding = \"same\"", "pool_size = 3\nstrides = 2\npadding = \"same\"",
          "pool_size = [2, 3]\nstrides = 1\npadding = [[1, 0], [0, 1]]"})
      cases.push_back({fmt::format("{} {}", type, more), image, {of_type(type, more)}});
  for (const char* type : {"GlobalAveragePooling2D", "GlobalMaxPooling2D"})
    for (const char* more : {"", "keepdims = true"})
      cases.push_back({fmt::format("{} {}", type, more), image, {of_type(type, more)}});
  for (const char* kind : {"nearest", "bilinear", "bicubic"})
    for (const char* size : {"2", "3", "[1, 4]"})
      cases.push_back({fmt::format("UpSampling2D {} {}", kind, size),
                       image,
                       {of_type("UpSampling2D",
                                fmt::format("size = {}\ninterpolation = \"{}\"", size, kind))}});
  cases.push_back({"DepthToSpace", "[3, 4, 12]", {of_type("DepthToSpace", "block_size = 2")}});
  cases.push_back({"SpaceToDepth", "[6, 4, 3]", {of_type("SpaceToDepth", "block_size = 2")}});
  for (const char* mode : {"constant", "reflect", "symmetric", "replicate"})
    cases.push_back({fmt::format("ZeroPadding2D {}", mode),
                     image,
                     {of_type("ZeroPadding2D",
                              fmt::format("padding = [[1, 2], [3, 0]]\nmode = \"{}\"", mode))}});
  cases.push_back({"Cropping2D", image, {of_type("Cropping2D", "cropping = [[1, 0], [2, 3]]")}});
}

void add_others(std::vector<OnnxCase>& cases) {
  const std::string image = "[5, 7, 4]";
  for (const std::string& kind : activation_names()) {
    const std::string text = "activation = \"" + kind + "\"";
    cases.push_back({"activation " + kind, image, {of_type("Activation", text)}});
    cases.push_back({"fused activation " + kind, image, {conv(text)}});
  }
  cases.push_back(
      {"leaky_relu",
       image,
       {of_type("Activation", "activation = { kind = \"leaky_relu\", negative_slope = 0.3 }")}});
  cases.push_back(
      {"elu", image, {of_type("Activation", "activation = { kind = \"elu\", alpha = 0.7 }")}});
  cases.push_back(
      {"approximate gelu",
       image,
       {of_type("Activation", "activation = { kind = \"gelu\", approximate = true }")}});
  cases.push_back({"PReLU", image, {of_type("PReLU")}});
  cases.push_back({"PReLU for each channel", image, {of_type("PReLU", "shared_axes = [1, 2]")}});
  cases.push_back({"PReLU of a vector", "[6]", {of_type("PReLU")}});
  for (const char* more :
       {"", "center = false", "scale = false", "center = false\nscale = false"}) {
    cases.push_back(
        {fmt::format("BatchNormalization {}", more), image, {of_type("BatchNormalization", more)}});
    for (const char* groups : {"1", "2", "-1"})
      cases.push_back(
          {fmt::format("GroupNormalization {} {}", groups, more),
           image,
           {of_type("GroupNormalization", fmt::format("groups = {}\n{}", groups, more))}});
    for (const char* axis : {"-1", "[2, 3]", "[1, 2, 3]"})
      cases.push_back({fmt::format("LayerNormalization {} {}", axis, more),
                       image,
                       {of_type("LayerNormalization", fmt::format("axis = {}\n{}", axis, more))}});
  }
  cases.push_back({"normalizations of a vector",
                   "[6]",
                   {of_type("BatchNormalization"), of_type("LayerNormalization"),
                    of_type("GroupNormalization", "groups = 3")}});
  cases.push_back({"Rescaling", image, {of_type("Rescaling", "scale = 2.5\noffset = -1.25")}});
  for (const char* type : {"Add", "Multiply", "Average", "Maximum", "Concatenate"})
    cases.push_back({type,
                     image,
                     {"name = \"a\"\n" + conv("padding = \"same\""),
                      "name = \"b\"\ninputs = [\"input\"]\n" + conv("padding = \"same\""),
                      of_type(type, "inputs = [\"a\", \"b\", \"input\"]")}});
  cases.push_back({"shared layers",
                   "[5, 7, 4]",
                   {"name = \"a\"\n" + conv("padding = \"same\"\nactivation = \"relu\""),
                    of_type("Conv2D", "shared_with = \"a\"")}});
  cases.push_back({"Subtract",
                   image,
                   {"name = \"a\"\n" + conv("padding = \"same\""),
                    of_type("Subtract", "inputs = [\"a\", \"input\"]")}});
  for (const int axis : {1, 2, 3, -1})
    cases.push_back(
        {fmt::format("Concatenate along {}", axis),
         image,
         {"name = \"a\"\n" + of_type("Activation", "activation = \"relu\""),
          of_type("Concatenate", fmt::format("inputs = [\"a\", \"input\"]\naxis = {}", axis))}});
  cases.push_back(
      {"layers of training alone",
       image,
       {of_type("Dropout", "rate = 0.5"), of_type("SpatialDropout2D", "rate = 0.5"),
        of_type("GaussianNoise", "stddev = 1"), of_type("ActivityRegularization", "l1 = 1.0")}});
  cases.push_back({"Sampling",
                   "[6]",
                   {of_type("Dense", "name = \"m\"\nunits = 3"),
                    of_type("Dense", "name = \"v\"\ninputs = [\"input\"]\nunits = 3"),
                    of_type("Sampling", "inputs = [\"m\", \"v\"]")}});
}

}  // namespace

std::vector<OnnxCase> onnx_cases() {
  std::vector<OnnxCase> cases;
  add_convolutions(cases);
  add_open_sizes(cases);
  add_vectors(cases);
  add_sizes(cases);
  add_others(cases);
  for (OnnxCase& one : cases) std::ranges::replace(one.name, '\n', ' ');
  return cases;
}

void randomize(Model& model) {
  std::uint32_t index = 100;
  for (Parameter& parameter : model.parameters()) {
    const Shape shape = shape_of(parameter.value);
    parameter.value = distinct_numbers(shape, ++index);
    // About the size of trained weights, so that numbers do not grow from layer to layer.
    const auto inputs = static_cast<Real>(shape.size()) / static_cast<Real>(shape.back());
    if (shape.rank() > 1) parameter.value /= std::sqrt(inputs);
    if (parameter.name.ends_with("variance")) parameter.value = xt::abs(parameter.value) + 0.1F;
  }
}

Model build_case(const OnnxCase& one) {
  Model model = build(model_text(one.input, one.layers));
  randomize(model);
  return model;
}

OnnxRun run_model(const Model& model, const Shape& sample, Index batch) {
  ThreadPool pool(1);
  Predictor predictor(model, {.input = sample}, pool);
  OnnxRun run{.input = distinct_numbers(sample.batched(batch), 7)};
  run.output = predictor(view(run.input));
  return run;
}

std::vector<Index> channels_first_shape(const Tensor& batch) {
  const Shape s = shape_of(batch);
  if (s.rank() == 4) return {s[0], s[3], s[1], s[2]};
  return {s.begin(), s.end()};
}

std::vector<float> channels_first(const Tensor& batch) {
  const Shape s = shape_of(batch);
  if (s.rank() != 4) return {batch.begin(), batch.end()};
  std::vector<float> numbers;
  for (Index n = 0; n < s[0]; ++n)
    for (Index c = 0; c < s[3]; ++c)
      for (Index y = 0; y < s[1]; ++y)
        for (Index x = 0; x < s[2]; ++x) numbers.push_back(batch(n, y, x, c));
  return numbers;
}

}  // namespace adjoint
