#include "models/keras/layer_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "framework/layers/activation.hpp"
#include "framework/layers/activity_regularization.hpp"
#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/cropping2d.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/settings/near_miss.hpp"
#include "framework/tensor/error.hpp"
#include "models/layer_table.hpp"

namespace adjoint::keras {
namespace {

/// One layer of Keras being read.
struct Reading {
  LayerArguments& arguments;
  const std::vector<int>& axes;  // of the inputs
  bool one_row = false;          // a layer of steps: Conv1D
  LayerChain chain = {};

  int input_axes() const { return axes.front(); }

  LayerSpec& add(std::string_view type, std::any settings, const std::string& suffix = "") {
    LayerSpec& spec = chain.layers.emplace_back();
    spec.name = suffix;
    spec.type = type;
    spec.settings = std::move(settings);
    return spec;
  }

  /// Follows the last layer by an activation: in it, where it may have one, else behind it.
  void activate(const std::vector<ActivationStep>& steps, bool inside = true) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto* activation = std::get_if<ActivationSpec>(&steps[i]);
      if (activation && activation->kind == "linear" && inside) continue;
      if (activation && inside && i == 0) {
        chain.layers.back().activation = *activation;
        continue;
      }
      const std::string suffix = chain.layers.empty() ? ""
                                 : i == 0             ? "_activation"
                                                      : fmt::format("_step{}", i);
      if (activation)
        add_activation(*activation, suffix);
      else
        add("Rescaling", std::get<Rescaling::Settings>(steps[i]), suffix);
    }
  }
  void activate() { activate(arguments.activation()); }

  void add_activation(const ActivationSpec& activation, const std::string& suffix) {
    add("Activation", ActivationSettings{activation}, suffix);
  }

  /// One of Keras's axes, which count the batch, as Adjoint counts it: steps have a row before
  /// them.
  Index axis(Index given) const { return given > 0 && input_axes() == 3 ? given + 1 : given; }
  Shape axes_of(std::string_view name) {
    const std::vector<Index> given = arguments.integers(name);
    if (given.size() > 3) arguments.refuse(name, given, "at most three axes");
    Shape list;
    for (const Index one : given) list.push_back(axis(one));
    return list;
  }

  void require_axes(int wanted, std::string_view what) const {
    if (input_axes() == wanted) return;
    throw InputError("{}: its input has {} axes, counting the batch; expected {}: {}",
                     arguments.place().text(), input_axes(), wanted, what);
  }
};

WeightSettings weight_settings(LayerArguments& arguments) {
  return {.kernel_initializer =
              arguments.initializer("kernel_initializer", Initializer::glorot_uniform),
          .bias_initializer = arguments.initializer("bias_initializer", Initializer::zeros),
          .kernel_regularizer = arguments.regularizer("kernel_regularizer"),
          .bias_regularizer = arguments.regularizer("bias_regularizer")};
}

void require_image(const Reading& read) {
  if (read.one_row)
    read.require_axes(3, "steps and channels");
  else
    read.require_axes(4, "height, width and channels");
}

ConvolutionLayer::Settings convolution_settings(Reading& read) {
  require_image(read);
  LayerArguments& arguments = read.arguments;
  ConvolutionLayer::Settings settings;
  settings.filters = arguments.integer("filters");
  settings.kernel_size = arguments.extent("kernel_size", read.one_row, {1, 1});
  settings.strides = arguments.extent("strides", read.one_row, {1, 1});
  settings.dilation_rate = arguments.extent("dilation_rate", read.one_row, {1, 1});
  settings.groups = arguments.integer("groups", 1);
  settings.use_bias = arguments.boolean("use_bias", true);
  settings.weights = weight_settings(arguments);
  return settings;
}

void read_convolution(Reading& read) {
  ConvolutionLayer::Settings settings = convolution_settings(read);
  if (read.one_row && read.arguments.text("padding", "valid") == "causal") {
    const Index before = (settings.kernel_size.w - 1) * settings.dilation_rate.w;
    read.add("ZeroPadding2D", ZeroPadding2D::Settings{.padding = {0, 0, before, 0}}, "_padding");
  } else {
    settings.padding = read.arguments.padding();
  }
  read.add("Conv2D", Conv2D::Settings{settings});
  read.activate();
}

void read_transpose(Reading& read) {
  ConvolutionLayer::Settings settings = convolution_settings(read);
  settings.padding = read.arguments.padding();
  if (settings.groups != 1)
    read.arguments.refuse("groups", settings.groups, "1: Keras's layer knows no groups");
  settings.output_padding = read.arguments.extent("output_padding", read.one_row);
  if (settings.output_padding && read.one_row) settings.output_padding->h = 0;
  read.add("Conv2DTranspose", Conv2DTranspose::Settings{settings});
  read.activate();
}

void read_depthwise_settings(Reading& read, DepthwiseConv2D::Settings& settings) {
  require_image(read);
  LayerArguments& arguments = read.arguments;
  settings.kernel_size = arguments.extent("kernel_size", read.one_row, {1, 1});
  settings.strides = arguments.extent("strides", read.one_row, {1, 1});
  if (read.one_row) settings.strides.h = settings.strides.w;
  settings.padding = arguments.padding();
  settings.depth_multiplier = arguments.integer("depth_multiplier", 1);
  settings.dilation_rate = arguments.extent("dilation_rate", read.one_row, {1, 1});
  settings.use_bias = arguments.boolean("use_bias", true);
  arguments.expect("groups", {1});
}

void read_depthwise(Reading& read) {
  DepthwiseConv2D::Settings settings;
  read_depthwise_settings(read, settings);
  read.arguments.ignore({"filters"});  // null, or what the multiplier makes of the channels
  read.add("DepthwiseConv2D", settings);
  read.activate();
}

void read_separable(Reading& read) {
  SeparableConv2D::Settings settings;
  read_depthwise_settings(read, settings);
  settings.filters = read.arguments.integer("filters");
  read.add("SeparableConv2D", settings);
  read.activate();
}

void read_dense(Reading& read) {
  read.add("Dense", Dense::Settings{.units = read.arguments.integer("units"),
                                    .use_bias = read.arguments.boolean("use_bias", true),
                                    .weights = weight_settings(read.arguments)});
  read.activate();
}

void read_flatten(Reading& read) {
  read.add("Flatten", NoSettings{});
  read.chain.axes = 2;
}

void read_reshape(Reading& read) {
  Shape target;
  const std::vector<Index> wanted = read.arguments.integers("target_shape");
  if (wanted.empty() || wanted.size() > 3)
    read.arguments.refuse("target_shape", wanted, "one to three extents");
  if (wanted.size() == 2) target.push_back(1);  // steps are images of one row
  for (const Index extent : wanted) target.push_back(extent);
  read.add("Reshape", Reshape::Settings{.target_shape = target});
  read.chain.axes = static_cast<int>(wanted.size()) + 1;
}

template <const char* type>
void read_pooling(Reading& read) {
  require_image(read);
  Pooling2D::Settings settings{.pool_size = read.arguments.extent("pool_size", read.one_row,
                                                                  Extent2{read.one_row ? 1 : 2, 2}),
                               .strides = read.arguments.extent("strides", read.one_row),
                               .padding = read.arguments.padding()};
  read.add(type, settings);
}

template <class Settings, const char* type>
void read_global_pooling(Reading& read) {
  require_image(read);
  const bool keeps = read.arguments.boolean("keepdims", false);
  read.add(type, Settings{.keepdims = keeps});
  read.chain.axes = keeps ? read.input_axes() : 2;
}

void read_up_sampling(Reading& read) {
  require_image(read);
  UpSampling2D::Settings settings{
      .size = read.arguments.extent("size", read.one_row, Extent2{read.one_row ? 1 : 2, 2})};
  const std::string interpolation = read.arguments.text("interpolation", "nearest");
  const std::optional<NewPixels> known = named<NewPixels>(interpolation);
  if (!known) {
    read.arguments.refuse("interpolation", interpolation,
                          fmt::format("one of {}", fmt::join(names_of<NewPixels>(), ", ")));
  }
  settings.interpolation = *known;
  read.add("UpSampling2D", settings);
}

void read_depth_to_space(Reading& read) {
  require_image(read);
  read.add("DepthToSpace",
           DepthToSpace::Settings{.block_size = read.arguments.integer("block_size", 2)});
}

void read_space_to_depth(Reading& read) {
  require_image(read);
  read.add("SpaceToDepth",
           SpaceToDepth::Settings{.block_size = read.arguments.integer("block_size", 2)});
}

void read_zero_padding(Reading& read) {
  require_image(read);
  read.add("ZeroPadding2D",
           ZeroPadding2D::Settings{.padding = read.arguments.sides("padding", read.one_row, 1)});
}

void read_cropping(Reading& read) {
  require_image(read);
  read.add("Cropping2D", Cropping2D::Settings{.cropping = read.arguments.sides(
                                                  "cropping", read.one_row, read.one_row ? 1 : 0)});
}

/// The last axis, by any of its numbers.
void expect_last_axis(Reading& read) {
  const std::vector<Index> axes = read.arguments.integers("axis");
  if (axes.empty() || (axes.size() == 1 && (axes[0] == -1 || axes[0] == read.input_axes() - 1)))
    return;
  read.arguments.refuse("axis", axes, "the last axis, -1: the channels");
}

void read_batch_normalization(Reading& read) {
  LayerArguments& arguments = read.arguments;
  expect_last_axis(read);
  if (arguments.boolean("renorm", false)) arguments.refuse("renorm", true, "false");
  arguments.expect("virtual_batch_size", {});
  arguments.ignore({"fused", "synchronized", "renorm_momentum", "renorm_clipping"});
  read.add("BatchNormalization",
           BatchNormalization::Settings{.momentum = arguments.number("momentum", 0.99),
                                        .epsilon = arguments.number("epsilon", 1e-3),
                                        .center = arguments.boolean("center", true),
                                        .scale = arguments.boolean("scale", true)});
}

void read_layer_normalization(Reading& read) {
  LayerArguments& arguments = read.arguments;
  if (arguments.boolean("rms_scaling", false)) arguments.refuse("rms_scaling", true, "false");
  Axes axes;
  if (arguments.has("axis")) axes.list = read.axes_of("axis");
  read.add("LayerNormalization",
           LayerNormalization::Settings{.axis = axes,
                                        .epsilon = arguments.number("epsilon", 1e-3),
                                        .center = arguments.boolean("center", true),
                                        .scale = arguments.boolean("scale", true)});
}

void read_groups(Reading& read, Index groups) {
  LayerArguments& arguments = read.arguments;
  expect_last_axis(read);
  read.add("GroupNormalization",
           GroupNormalization::Settings{.groups = groups,
                                        .epsilon = arguments.number("epsilon", 1e-3),
                                        .center = arguments.boolean("center", true),
                                        .scale = arguments.boolean("scale", true)});
}
void read_group_normalization(Reading& read) {
  read_groups(read, read.arguments.integer("groups", 32));
}
void read_instance_normalization(Reading& read) {
  read.arguments.ignore({"groups"});
  read_groups(read, -1);
}

void read_rescaling(Reading& read) {
  read.add("Rescaling", Rescaling::Settings{.scale = read.arguments.number("scale", 1),
                                            .offset = read.arguments.number("offset", 0)});
}

void read_concatenate(Reading& read) {
  read.add("Concatenate",
           Concatenate::Settings{.axis = read.axis(read.arguments.integer("axis", -1))});
}

template <const char* type>
void read_plain(Reading& read) {
  read.add(type, NoSettings{});
}
constexpr char kMaxPooling[] = "MaxPooling2D", kAveragePooling[] = "AveragePooling2D",
               kGlobalAverage[] = "GlobalAveragePooling2D", kGlobalMax[] = "GlobalMaxPooling2D",
               kAdd[] = "Add", kSubtract[] = "Subtract", kMultiply[] = "Multiply",
               kAverage[] = "Average", kMaximum[] = "Maximum";

void read_dropout(Reading& read) {
  if (read.arguments.has("noise_shape"))
    read.arguments.note("noise_shape is not kept; it matters in training alone");
  read.add("Dropout", Dropout::Settings{.rate = read.arguments.number("rate", 0.5)});
}

void read_spatial_dropout(Reading& read) {
  read.arguments.ignore({"noise_shape"});
  read.add("SpatialDropout2D", Dropout::Settings{.rate = read.arguments.number("rate", 0.5)});
}

void read_noise(Reading& read) {
  read.add("GaussianNoise",
           GaussianNoiseLayer::Settings{.stddev = read.arguments.number("stddev", 0.1)});
}

void read_activation(Reading& read) {
  read.activate(read.arguments.activation(), /*inside=*/false);
}

void read_activation_class(Reading& read) {
  read.activate(*activation_steps(read.arguments), /*inside=*/false);
}

void read_prelu(Reading& read) {
  PReLU::Settings settings;
  settings.alpha_regularizer = read.arguments.regularizer("alpha_regularizer");
  settings.shared_axes = read.axes_of("shared_axes");
  read.add("PReLU", settings);
}

void read_activity(Reading& read) {
  read.arguments.ignore({"activity_regularizer"});
  read.add("ActivityRegularization",
           ActivityRegularization::Settings{.l1 = read.arguments.number("l1", 0),
                                            .l2 = read.arguments.number("l2", 0)});
}

void read_permute(Reading& read) {
  const std::vector<Index> dims = read.arguments.integers("dims");
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != static_cast<Index>(i) + 1)
      read.arguments.refuse("dims", dims, "the axes in their order: Adjoint moves no axes");
}

void pass_through(Reading&) {}

/// Does nothing but in training, and Adjoint does not have it.
void leave_out(Reading& read) {
  read.arguments.note("left out; it does nothing outside training");
}

struct Reader {
  std::string_view class_name;
  void (*read)(Reading&);
  bool one_row = false;
  bool ignores_all = false;  // arguments that say what training does
};
// Source of classes, arguments and defaults: Keras's API reference, versions 2.2 to 3.
constexpr Reader kReaders[] = {
    {"Conv2D", read_convolution},
    {"Convolution2D", read_convolution},
    {"Conv2DTranspose", read_transpose},
    {"Convolution2DTranspose", read_transpose},
    {"DepthwiseConv2D", read_depthwise},
    {"SeparableConv2D", read_separable},
    {"Conv1D", read_convolution, true},
    {"Conv1DTranspose", read_transpose, true},
    {"DepthwiseConv1D", read_depthwise, true},
    {"SeparableConv1D", read_separable, true},
    {"Dense", read_dense},
    {"Flatten", read_flatten},
    {"Reshape", read_reshape},
    {"MaxPooling2D", read_pooling<kMaxPooling>},
    {"AveragePooling2D", read_pooling<kAveragePooling>},
    {"MaxPooling1D", read_pooling<kMaxPooling>, true},
    {"AveragePooling1D", read_pooling<kAveragePooling>, true},
    {"GlobalAveragePooling2D",
     read_global_pooling<GlobalAveragePooling2D::Settings, kGlobalAverage>},
    {"GlobalMaxPooling2D", read_global_pooling<GlobalMaxPooling2D::Settings, kGlobalMax>},
    {"GlobalAveragePooling1D",
     read_global_pooling<GlobalAveragePooling2D::Settings, kGlobalAverage>, true},
    {"GlobalMaxPooling1D", read_global_pooling<GlobalMaxPooling2D::Settings, kGlobalMax>, true},
    {"UpSampling2D", read_up_sampling},
    {"UpSampling1D", read_up_sampling, true},
    {"tf.nn.depth_to_space", read_depth_to_space},  // functions in Keras
    {"tf.nn.space_to_depth", read_space_to_depth},
    {"ZeroPadding2D", read_zero_padding},
    {"ZeroPadding1D", read_zero_padding, true},
    {"Cropping2D", read_cropping},
    {"Cropping1D", read_cropping, true},
    {"BatchNormalization", read_batch_normalization},
    {"BatchNormalizationV1", read_batch_normalization},
    {"BatchNormalizationV2", read_batch_normalization},
    {"LayerNormalization", read_layer_normalization},
    {"GroupNormalization", read_group_normalization},
    {"Addons>GroupNormalization", read_group_normalization},
    {"Addons>InstanceNormalization", read_instance_normalization},
    {"Rescaling", read_rescaling},
    {"Add", read_plain<kAdd>},
    {"Subtract", read_plain<kSubtract>},
    {"Multiply", read_plain<kMultiply>},
    {"Average", read_plain<kAverage>},
    {"Maximum", read_plain<kMaximum>},
    {"Concatenate", read_concatenate},
    {"Activation", read_activation},
    {"ReLU", read_activation_class},
    {"LeakyReLU", read_activation_class},
    {"ELU", read_activation_class},
    {"Softmax", read_activation_class},
    {"PReLU", read_prelu},
    {"Dropout", read_dropout},
    {"SpatialDropout2D", read_spatial_dropout},
    {"SpatialDropout1D", read_spatial_dropout},
    {"GaussianNoise", read_noise},
    {"ActivityRegularization", read_activity},
    {"Permute", read_permute},
    {"Identity", pass_through},
    {"GaussianDropout", leave_out, false, true},
    {"AlphaDropout", leave_out, false, true},
    {"RandomFlip", leave_out, false, true},
    {"RandomRotation", leave_out, false, true},
    {"RandomZoom", leave_out, false, true},
    {"RandomTranslation", leave_out, false, true},
    {"RandomContrast", leave_out, false, true},
    {"RandomBrightness", leave_out, false, true},
};

const Reader* find_reader(std::string_view class_name) {
  const auto found = std::ranges::find(kReaders, class_name, &Reader::class_name);
  return found == std::end(kReaders) ? nullptr : &*found;
}

}  // namespace

LayerChain read_layer(LayerArguments& arguments, const std::vector<int>& axes) {
  const LayerPlace& place = arguments.place();
  const Reader* reader = find_reader(place.class_name);
  if (!reader) {
    std::vector<std::string> known;
    for (const Reader& row : kReaders) known.emplace_back(row.class_name);
    throw InputError(
        "{}: Adjoint does not have this layer{}; `adjoint reference` lists those that it has",
        place.text(), did_you_mean(place.class_name, known));
  }
  Reading read{.arguments = arguments, .axes = axes, .one_row = reader->one_row};
  if (axes.empty()) throw InputError("{}: it has no input", place.text());
  read.chain.axes = read.input_axes();
  reader->read(read);
  if (reader->ignores_all) return read.chain;

  const Regularizer activity = arguments.regularizer("activity_regularizer");
  if (activity && !read.chain.layers.empty()) {
    LayerSpec& last = read.chain.layers.back();
    if (last.type != "ActivityRegularization") last.activity_regularizer = activity;
  }
  const bool trainable = arguments.boolean("trainable", true);
  for (LayerSpec& layer : read.chain.layers) layer.trainable = trainable;
  arguments.finish();
  return read.chain;
}

bool knows_layer(std::string_view class_name) {
  return find_reader(class_name);
}

std::vector<std::string_view> layer_classes() {
  std::vector<std::string_view> names;
  for (const Reader& row : kReaders) names.push_back(row.class_name);
  return names;
}

}  // namespace adjoint::keras
