// Exported models against PyTorch itself: outputs, and gradients in training.

#include "models/pytorch/write_pytorch.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "framework/graph/predictor.hpp"
#include "framework/losses/elementwise.hpp"
#include "models/formats/safetensors.hpp"
#include "models/layer_table.hpp"
#include "models/pytorch/torch_model.hpp"
#include "tests/datasets/files.hpp"
#include "tests/framework/layers/gradient_cases.hpp"
#include "tests/models/pytorch/python.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

/// Numbers in [-1, 1), other ones each time.
class TorchNumbers {
 public:
  Tensor tensor(const Shape& shape) {
    Tensor values = make_tensor(shape);
    for (Real& value : values) value = next();
    return values;
  }
  Real next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<Real>(static_cast<double>(state_ >> 40) / (1 << 23) - 1);
  }

 private:
  std::uint64_t state_ = 7;
};

void randomize(Model& model, TorchNumbers& numbers) {
  for (Parameter& parameter : model.parameters()) {
    const bool variance = parameter.name.ends_with("moving_variance");
    for (Real& value : parameter.value) {
      value = numbers.next() / 2;
      if (variance) value = std::abs(value) + Real{0.5};
    }
  }
}

/// Models written to folders, each with what it must compute.
class PytorchExport : public testing::Test {
 protected:
  void add(const std::string& name, const Model& model, const Shape& input, bool gradients) {
    const std::string folder = (folder_ / name).string();
    write_pytorch(folder, model, name);
    constexpr Index kBatch = 3;
    const Tensor x = numbers_.tensor(input.batched(kBatch));
    Predictor predictor(model, {.input = input, .batch = kBatch}, pool_);
    std::vector<SafetensorsEntry> expected{{.name = "input", .value = x},
                                           {.name = "output", .value = predictor(view(x))}};
    if (gradients) add_gradients(model, input, x, expected);
    write_safetensors(folder + "/expected.safetensors", expected);
    folders_.push_back(folder);
  }

  void expect_agreement() {
    const ProgramRun run = run_python("check_export.py", folders_);
    const auto results = nlohmann::json::parse(run.out);
    for (const std::string& folder : folders_) {
      SCOPED_TRACE(std::filesystem::path(folder).filename().string());
      const auto& result = results.at(folder);
      ASSERT_FALSE(result.contains("error")) << result["error"] << "\n"
                                             << contents(folder + "/model.py");
      EXPECT_TRUE(result["names"].get<bool>());
      expect_small(result["forward"], "forward", folder);
      for (const auto& [name, value] : result["gradients"].items())
        expect_small(value, name, folder);
    }
  }

  TempFolder folder_;
  TorchNumbers numbers_;
  double worst_ = 0;

 private:
  static constexpr double kTolerance = 1e-5;

  void expect_small(const nlohmann::json& value, const std::string& what,
                    const std::string& folder) {
    ASSERT_TRUE(value.is_number()) << what << ": " << value << "\n"
                                   << contents(folder + "/model.py");
    EXPECT_LE(value.get<double>(), kTolerance) << what << "\n" << contents(folder + "/model.py");
    worst_ = std::max(worst_, value.get<double>());
  }

  void add_gradients(const Model& model, const Shape& input, const Tensor& x,
                     std::vector<SafetensorsEntry>& expected) {
    const MeanSquaredError loss;
    const Index batch = shape_of(x)[0];
    ShardedPlan plan(model, {.mode = Mode::training, .input = input, .batch = batch, .loss = &loss},
                     pool_);
    const Tensor target = make_tensor(model.infer(input).back().batched(batch), 0);
    plan.run({.input = view(x), .target = view(target)});
    plan.sum_gradients();
    std::set<Index> done;
    for (const WeightSlot& slot : TorchModel(model).slots()) {
      if (slot.parameter < 0 || !model.parameters()[slot.parameter].trainable) continue;
      if (!done.insert(slot.parameter).second) continue;  // tied
      const Tensor gradient = copy_of(plan.gradients().gradient(slot.parameter));
      expected.push_back(
          {.name = "gradient/" + slot.names[0], .value = to_layout(gradient, slot.layout)});
    }
  }

  ThreadPool pool_{1};
  std::vector<std::string> folders_;
};

/// The layer of a case behind layers with parameters, so that gradients reach its inputs.
Model model_of(const GradientCase& c) {
  const Shape& first = c.shapes.inputs[0];
  const bool is_image = first.rank() == 3;
  const Shape input = is_image ? first : Shape{1, 1, first[0]};
  Model model(input);
  Model::NewNode it{.name = "it", .layer = c.layer};
  for (std::size_t i = 0; i < c.shapes.inputs.size(); ++i) {
    const Shape& shape = c.shapes.inputs[i];
    const std::string name = fmt::format("stimulus{}", i);
    std::shared_ptr<const Layer> layer = std::make_shared<PReLU>(PReLU::Settings{});
    if (is_image && (shape[0] != input[0] || shape[1] != input[1]))
      layer = std::make_shared<Cropping2D>(
          Cropping2D::Settings{.cropping = {input[0] - shape[0], 0, 0, input[1] - shape[1]}});
    if (shape.back() != input.back())
      layer = std::make_shared<Dense>(Dense::Settings{.units = shape.back()});
    model.add({.name = name, .layer = layer, .inputs = {"input"}});
    if (!is_image) model.add({.name = name + "_flat", .layer = std::make_shared<Flatten>()});
    it.inputs.push_back(model.nodes().back().name);
  }
  model.add(it);
  return model;
}

bool is_random(std::string_view type) {
  return type == "Dropout" || type == "SpatialDropout2D" || type == "GaussianNoise" ||
         type == "Sampling";
}

TEST_F(PytorchExport, ComputesTheSameWithEveryLayer) {
  ADJOINT_NEEDS_TORCH();
  std::set<std::string_view> types;
  for (const GradientCase& c : gradient_cases()) {
    if (c.shapes.output_like) continue;  // has cases of its own below
    Model model = model_of(c);
    randomize(model, numbers_);
    add(c.name, model, model.input_shape(), !is_random(c.layer->type()));
    types.insert(c.layer->type());
  }
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds())
    EXPECT_TRUE(types.contains(kind.name)) << kind.name;
  expect_agreement();
  RecordProperty("worst", std::to_string(worst_));
}

struct TextCase {
  std::string name;
  std::string model;
  std::vector<Shape> inputs;
};

std::vector<TextCase> text_cases() {
  const std::string stimulus = "name = 'stimulus'\ntype = 'PReLU'";
  const std::string conv = "type = 'Conv2D'\nfilters = 3\n";
  const std::string transposed = "type = 'Conv2DTranspose'\nfilters = 3\n";
  const std::string open_conv = conv + "name = 'first'\nkernel_size = 1";
  const Shape image{9, 7, 2};
  std::vector<TextCase> cases;
  const auto fixed = [&](const std::string& name, std::vector<std::string> layers) {
    layers.insert(layers.begin(), stimulus);
    cases.push_back({name, model_text("[9, 7, 2]", layers), {image}});
  };
  const auto open = [&](const std::string& name, std::vector<std::string> layers) {
    layers.insert(layers.begin(), open_conv);
    cases.push_back({name, model_text("[0, 0, 2]", layers), {{9, 7, 2}, {8, 12, 2}, {11, 10, 2}}});
  };
  const auto both = [&](const std::string& name, const std::vector<std::string>& layers) {
    fixed(name, layers);
    open(name + "_open", layers);
  };
  both("same_even", {conv + "kernel_size = [4, 2]\nstrides = [3, 2]\npadding = 'same'"});
  both("same_one", {conv + "kernel_size = [4, 3]\npadding = 'same'"});
  both("same_dilated",
       {conv + "kernel_size = 2\npadding = 'same'\ndilation_rate = [3, 2]",
        conv + "kernel_size = 3\npadding = 'same'\ndilation_rate = 2\nstrides = 2"});
  both("explicit", {conv + "kernel_size = 3\npadding = [[0, 2], [1, 1]]",
                    conv + "kernel_size = 2\nstrides = 2\npadding = [[1, 1], [2, 2]]"});
  both("transposed_same", {transposed + "kernel_size = [3, 4]\nstrides = 2\npadding = 'same'",
                           transposed + "kernel_size = 2\nstrides = 3\npadding = 'same'"});
  both("transposed_valid", {transposed + "kernel_size = [1, 4]\nstrides = [3, 2]"});
  both("transposed_padded",
       {transposed + "kernel_size = 3\nstrides = 2\npadding = 'same'\noutput_padding = [0, 1]"});
  both("transposed_explicit",
       {transposed + "kernel_size = 4\nstrides = 3\npadding = [[3, 0], [0, 2]]",
        transposed +
            "kernel_size = 3\nstrides = 3\npadding = [[2, 0], [1, 1]]\noutput_padding = 2"});
  both(
      "output_like",
      {"name = 'a'\n" + conv + "kernel_size = [3, 4]\nstrides = [2, 3]\npadding = 'same'",
       "name = 'b'\n" + conv + "kernel_size = 2\nstrides = 2\npadding = [[1, 0], [1, 1]]",
       transposed + "kernel_size = 2\nstrides = 2\npadding = [[1, 0], [1, 1]]\noutput_like = 'b'",
       transposed + "kernel_size = [3, 4]\nstrides = [2, 3]\npadding = 'same'\noutput_like = 'a'"});
  both("tied", {"name = 'a'\n" + conv + "kernel_size = 3\nstrides = 2\npadding = 'same'",
                "name = 'b'\n" + conv + "kernel_size = [2, 3]\nstrides = 3\nactivation = 'tanh'",
                "type = 'Conv2DTranspose'\ntied_to = 'b'\noutput_like = 'b'\nuse_bias = false",
                "type = 'Conv2DTranspose'\ntied_to = 'a'\noutput_like = 'a'"});
  both("pools", {"type = 'AveragePooling2D'\npool_size = 3\nstrides = 2\npadding = 'same'",
                 "type = 'MaxPooling2D'\npool_size = [2, 3]\nstrides = 2\npadding = 'same'"});
  both("pools_of_stride_one",
       {"type = 'AveragePooling2D'\npool_size = [2, 3]\nstrides = 1\npadding = 'same'",
        "type = 'MaxPooling2D'\npool_size = [2, 3]\nstrides = 1\npadding = 'same'",
        "type = 'AveragePooling2D'\npool_size = 3\nstrides = 1\npadding = 1"});
  both("depthwise", {"type = 'DepthwiseConv2D'\nkernel_size = [2, 3]\nstrides = 2\npadding = "
                     "'same'\ndepth_multiplier = 2",
                     "type = 'SeparableConv2D'\nfilters = 5\nkernel_size = [2, 3]\npadding = "
                     "'same'\nstrides = 2"});
  both("images", {"type = 'UpSampling2D'\nsize = [2, 3]\ninterpolation = 'bicubic'",
                  "type = 'ZeroPadding2D'\npadding = [[1, 2], [0, 3]]\nmode = 'symmetric'",
                  "type = 'UpSampling2D'\nsize = [3, 2]\ninterpolation = 'bilinear'",
                  "type = 'Cropping2D'\ncropping = [[0, 2], [1, 0]]",
                  "type = 'UpSampling2D'\nsize = [41, 7]"});
  both("global", {"type = 'GlobalAveragePooling2D'", "type = 'Dense'\nunits = 4"});
  // Vectors in PyTorch's order, through everything that keeps it.
  fixed("vectors",
        {conv + "kernel_size = 3\nactivation = 'tanh'", "name = 'flat'\ntype = 'Flatten'",
         "type = 'Dropout'\nrate = 0", "name = 'p'\ntype = 'PReLU'", "type = 'LayerNormalization'",
         "name = 'd1'\ntype = 'Dense'\nunits = 5\nactivation = 'tanh'",
         "name = 'd2'\ntype = 'Dense'\nunits = 24\nactivation = 'softmax'",
         "name = 'n'\ntype = 'BatchNormalization'\nscale = false",
         "name = 's'\ntype = 'Add'\ninputs = ['d2', 'n']",
         "type = 'Reshape'\ntarget_shape = [2, 3, 4]", transposed + "kernel_size = 3"});
  // Vectors in our order: they are seen, or two images of different shapes meet.
  fixed("flat_output", {conv + "kernel_size = 3", "type = 'Flatten'"});
  fixed("reinterpreted", {"type = 'Flatten'", "type = 'Reshape'\ntarget_shape = [2, 7, 9]",
                          conv + "kernel_size = 2"});
  fixed("concatenated",
        {"name = 'a'\ntype = 'Flatten'", "name = 'd'\ntype = 'Dense'\nunits = 6",
         "name = 'c'\ntype = 'Concatenate'\ninputs = ['a', 'd']", "type = 'Dense'\nunits = 8",
         "type = 'Reshape'\ntarget_shape = [2, 2, 2]"});
  fixed("rows", {"type = 'Reshape'\ntarget_shape = [9, 14]", "type = 'Dense'\nunits = 6",
                 "type = 'BatchNormalization'", "type = 'PReLU'\nshared_axes = [1]",
                 "type = 'LayerNormalization'", "type = 'GroupNormalization'\ngroups = 2",
                 "type = 'Reshape'\ntarget_shape = [3, 3, 6]", conv + "kernel_size = 2"});
  fixed(
      "names",
      {"name = 'class'\n" + conv + "kernel_size = 1", "name = 'enc-1'\n" + conv + "kernel_size = 1",
       "name = 'enc_1'\n" + conv + "kernel_size = 1", "name = '2nd'\n" + conv + "kernel_size = 1",
       "name = 'type'\n" + conv + "kernel_size = 1", "name = 'torch'\n" + conv + "kernel_size = 1",
       "name = 'forward'\ntype = 'Add'\ninputs = ['torch', 'enc_1']",
       "name = '_x'\n" + conv + "kernel_size = 1\nactivation = 'relu'"});
  fixed("frozen",
        {conv + "kernel_size = 1", "type = 'BatchNormalization'\ntrainable = false",
         "type = 'PReLU'\nshared_axes = [1, 2]", conv + "kernel_size = 1\ntrainable = false"});
  fixed("activations",
        {conv + "kernel_size = 1\nactivation = { kind = 'leaky_relu', negative_slope = 0.05 }",
         conv + "kernel_size = 1\nactivation = { kind = 'elu', alpha = 0.5 }",
         conv + "kernel_size = 1\nactivation = { kind = 'gelu', approximate = true }",
         "type = 'BatchNormalization'\nmomentum = 0.9\nepsilon = 1e-5\nactivation = 'silu'",
         conv + "kernel_size = 1\nactivation = 'softmax'"});
  return cases;
}

TEST_F(PytorchExport, HoldsTheGeometryAtEverySize) {
  ADJOINT_NEEDS_TORCH();
  for (const TextCase& c : text_cases()) {
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      SCOPED_TRACE(c.name);
      Model model = build(c.model);
      randomize(model, numbers_);
      add(fmt::format("{}-{}", c.name, i), model, c.inputs[i], true);
    }
  }
  expect_agreement();
  RecordProperty("worst", std::to_string(worst_));
}

/// A shipped config's model as a training without noise has it: no penalties, and no variance of
/// the code.
Model quiet_model(const std::filesystem::path& path, TorchNumbers& numbers) {
  ModelConfig config;
  parse_config(contents(path), path.string(), {}, config, ConfigScope::part);
  for (LayerSpec& layer : config.model.layers) {
    layer.activity_regularizer = {};
    if (layer.type == "Sampling") std::any_cast<Sampling::Settings&>(layer.settings).beta = 0;
  }
  Model model = build_model(config.model, 3);
  for (Parameter& parameter : model.parameters()) {
    parameter.regularizer = {};
    if (parameter.name.ends_with("bias"))
      for (Real& value : parameter.value) value = numbers.next() / 4;
    if (parameter.name == "log_variance/kernel") parameter.value.fill(0);
    if (parameter.name == "log_variance/bias") parameter.value.fill(-60);
  }
  return model;
}

TEST_F(PytorchExport, ComputesTheSameWithEveryShippedConfig) {
  ADJOINT_NEEDS_TORCH();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ADJOINT_CONFIGS)) {
    if (entry.path().extension() != ".toml") continue;
    const Model model = quiet_model(entry.path(), numbers_);
    Shape input = model.input_shape();
    if (input[0] == 0) input[0] = 26;
    if (input[1] == 0) input[1] = 29;
    add(entry.path().stem().string(), model, input, true);
    ++count;
  }
  EXPECT_GE(count, 15);
  expect_agreement();
  RecordProperty("worst", std::to_string(worst_));
}

TEST_F(PytorchExport, CallsAModuleTwiceWhereALayerIs) {
  ADJOINT_NEEDS_TORCH();
  const std::string conv =
      "type = 'Conv2D'\nfilters = 2\nkernel_size = 2\npadding = 'same'\nactivation = 'tanh'";
  Model model = build(model_text(
      "[5, 4, 2]", {"name = 'a'\n" + conv, "name = 'b'\ntype = 'Conv2D'\nshared_with = 'a'"}));
  randomize(model, numbers_);
  add("twice", model, {5, 4, 2}, true);
  const std::string source = pytorch_source(model, "twice");
  EXPECT_THAT(source, HasSubstr("b = torch.tanh(self.a(F.pad(a, (0, 1, 0, 1))))"));
  EXPECT_THAT(source, testing::Not(HasSubstr("self.b")));
  expect_agreement();
}

TEST_F(PytorchExport, IsReadable) {
  const Model model = build(model_text(
      "[8, 8, 1]", {"name = 'enc'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 3\nstrides = "
                    "2\npadding = 'same'\nactivation = 'relu'",
                    "name = 'dec'\ntype = 'Conv2DTranspose'\nfilters = 1\nkernel_size = "
                    "3\nstrides = 2\npadding = 'same'\nactivation = 'sigmoid'"}));
  const std::string source = pytorch_source(model, "my-model");
  EXPECT_THAT(source, HasSubstr(R"(
class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Conv2d(1, 4, 3, stride=2)
        self.dec = nn.ConvTranspose2d(4, 1, 3, stride=2)

    def forward(self, input):  # (N, 1, 8, 8)
        enc = F.relu(self.enc(F.pad(input, (0, 1, 0, 1))))  # (N, 4, 4, 4)
        dec = torch.sigmoid(self.dec(enc)[:, :, :-1, :-1])  # (N, 1, 8, 8)
        return dec
)"));
}

TEST_F(PytorchExport, HasARowForEveryLayer) {
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds()) {
    const auto found = std::ranges::find(torch_layers(), kind.name, &TorchLayer::type);
    ASSERT_NE(found, torch_layers().end()) << kind.name << ": write its row in torch_layer.cpp";
    EXPECT_FALSE(found->module.empty());
  }
}

}  // namespace
}  // namespace adjoint
