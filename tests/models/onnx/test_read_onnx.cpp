// What is read: our own files, and those of PyTorch where it is installed.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/graph/predictor.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "models/onnx/onnx_file.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_onnx.hpp"
#include "models/onnx/write_onnx.hpp"
#include "tests/fuzz/onnx_corpus.hpp"
#include "tests/models/onnx/onnx_cases.hpp"
#include "tests/models/onnx/runtime_cases.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

double largest_difference(const std::vector<float>& one, const std::vector<float>& other) {
  if (one.size() != other.size()) return 1e9;
  double largest = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double error = std::abs(static_cast<double>(one[i]) - other[i]);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

TEST(ReadOnnx, ReadsBackWhatWasWritten) {
  constexpr double kPromise = 1e-6;
  const TempFolder folder;
  const fs::path path = folder / "again.onnx";
  for (const OnnxCase& one : onnx_cases()) {
    SCOPED_TRACE(one.name);
    const Model model = build_case(one);
    const Shape sample = one.sample.empty() ? model.input_shape() : one.sample;
    const OnnxRun run = run_model(model, sample);
    write_onnx(path, model);
    try {
      ForeignModel foreign = read_onnx(path);
      // By way of a config, as a model that is imported goes.
      foreign.spec = parse_model(write_config(ModelConfig{foreign.spec}));
      const Model again = build_model(foreign, path);
      EXPECT_EQ(again.input_shape(), model.input_shape());
      EXPECT_LE(largest_difference(channels_first(run_model(again, sample).output),
                                   channels_first(run.output)),
                kPromise);
    } catch (const InputError& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

TEST(ReadOnnx, ReadsWhereTheFuzzTargetBegins) {
  const TempFolder folder;
  const fs::path path = folder / "corpus.onnx";
  for (const auto& [name, graph] : onnx_corpus()) {
    SCOPED_TRACE(name);
    write_onnx_graph(path, graph);
    EXPECT_EQ(error_of([&] { build_model(read_onnx(path), path); }), "");
  }
}

/// A graph as tf2onnx writes it: images (height, width, channels) outside, and Transposes to where
/// ONNX's operators have the channels.
OnnxGraph channels_last_graph() {
  OnnxChain chain({0, 8, 6, 3});
  const auto turned = [&](const OnnxInts& perm) { chain.then("Transpose", {}, {{"perm", perm}}); };
  turned({0, 3, 1, 2});
  chain.then("Conv", {chain.weights({4, 3, 3, 3}), chain.weights({4})},
             {{"strides", OnnxInts{2, 2}}, {"pads", OnnxInts{0, 0, 1, 1}}});
  chain.then("Relu");
  turned({0, 2, 3, 1});
  chain.then("Reshape", {chain.integers({-1, 48})});
  chain.then("MatMul", {chain.weights({48, 5})}).then("Add", {chain.weights({5})}).then("Tanh");
  chain.then("MatMul", {chain.weights({5, 48})}).then("Add", {chain.weights({48})});
  chain.then("Relu").then("Reshape", {chain.integers({-1, 4, 3, 4})});
  turned({0, 3, 1, 2});
  chain.then("ConvTranspose", {chain.weights({4, 3, 3, 3}), chain.weights({3})},
             {{"strides", OnnxInts{2, 2}}, {"pads", OnnxInts{0, 0, 1, 1}}});
  chain.then("Sigmoid");
  turned({0, 2, 3, 1});
  return chain.graph();
}

/// Gray images as one vector: the order of the channels makes no difference.
OnnxGraph gray_vector_graph() {
  OnnxChain chain({0, 4, 5, 1});
  chain.then("Reshape", {chain.integers({-1, 20})});
  chain.then("Gemm", {chain.weights({20, 6}), chain.weights({6})}).then("Relu");
  chain.then("Gemm", {chain.weights({6, 20}), chain.weights({20})}).then("Sigmoid");
  return chain.then("Reshape", {chain.integers({-1, 4, 5, 1})}).graph();
}

TEST(ReadOnnx, ReadsGraphsWhoseImagesHaveTheirChannelsLast) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  RuntimeCases cases;
  const std::pair<OnnxGraph, Shape> graphs[] = {{channels_last_graph(), {8, 6, 3}},
                                                {gray_vector_graph(), {4, 5, 1}}};
  for (const auto& [graph, sample] : graphs) {
    const std::string file = std::to_string(cases.size()) + ".onnx";
    const fs::path path = cases.folder() / file;
    write_onnx_graph(path, graph);
    const ForeignModel foreign = read_onnx(path);
    EXPECT_EQ(foreign.spec.input, sample);
    const OnnxRun run = run_model(build_model(foreign, path), sample);
    cases.add_run(to_string(sample), file, {run.input.begin(), run.input.end()},
                  {2, sample[0], sample[1], sample[2]}, {run.output.begin(), run.output.end()});
  }
  cases.expect_agreement();
}

std::vector<float> read_floats(const fs::path& path) {
  std::vector<float> numbers(fs::file_size(path) / sizeof(float));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  return numbers;
}

/// What a model makes of a batch whose numbers stand channel by channel, so again.
std::vector<float> run_channels_first(const Model& model, const std::vector<float>& numbers,
                                      const std::vector<Index>& extents) {
  Shape sample{extents[1]};
  if (extents.size() == 4) sample = {extents[2], extents[3], extents[1]};
  if (extents.size() == 3) sample = {extents[1], extents[2], 1};
  Tensor input = make_tensor(sample.batched(extents[0]));
  const Index channels = sample.back(), area = sample.size() / channels;
  for (Index i = 0; i < static_cast<Index>(input.size()); ++i) {
    const Index channel = i % channels, pixel = i / channels % area, image = i / channels / area;
    input.data()[i] =
        numbers[static_cast<std::size_t>((image * channels + channel) * area + pixel)];
  }
  ThreadPool pool(1);
  return channels_first(Predictor(model, {.input = sample}, pool)(view(input)));
}

TEST(ReadOnnx, ReadsWhatPyTorchWrites) {
  constexpr double kPromise = 1e-5;
  const TempFolder scratch;
  const fs::path folder = scratch / "pytorch";
  const ProgramRun made = run_program(
      {"/usr/bin/python3", std::string(ADJOINT_SOURCE) + "/tests/interop/make_onnx_models.py",
       folder.string()});
  if (made.status != 0 && made.err.find("No module named") != std::string::npos)
    GTEST_SKIP() << "PyTorch is not installed: apt install python3-torch";
  ASSERT_EQ(made.status, 0) << made.err;
  std::ifstream cases(folder / "cases.txt");
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const std::string name = line.substr(0, line.find(' ')), rest = line.substr(name.size() + 1);
    SCOPED_TRACE(name);
    const fs::path path = folder / (name + ".onnx");
    const std::string refused = "refused: ";
    if (rest.starts_with(refused)) {
      EXPECT_THAT(error_of([&] { read_onnx(path); }),
                  testing::AllOf(testing::StartsWith(path.string()),
                                 testing::HasSubstr(rest.substr(refused.size()))));
      continue;
    }
    std::istringstream numbers(rest);
    const std::vector<Index> extents{std::istream_iterator<Index>(numbers), {}};
    try {
      const Model model = build_model(read_onnx(path), path);
      const auto output =
          run_channels_first(model, read_floats(folder / (name + ".input")), extents);
      EXPECT_LE(largest_difference(output, read_floats(folder / (name + ".output"))), kPromise);
    } catch (const InputError& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GT(count, 400);
}

// What strangers made: the same model as Keras saved it and as tf2onnx wrote it.

std::string keras_models() {
  const char* data = std::getenv("ADJOINT_DATA");
  return data ? std::string(data) + "/keras-models" : "";
}

#define SKIP_WITHOUT_KERAS_MODELS() \
  if (!fs::exists(keras_models()))  \
  GTEST_SKIP() << "set ADJOINT_DATA to the folder that holds keras-models"

TEST(ReadOnnx, ReadsTheWeightsThatKerasSaved) {
  SKIP_WITHOUT_KERAS_MODELS();
  const std::string path = keras_models() + "/qusai-28x280-convT.onnx";
  const ForeignModel foreign = read_onnx(path);
  const Model model = build_model(foreign, path);
  EXPECT_EQ(model.input_shape(), (Shape{28, 280, 1}));
  const Hdf5File keras = Hdf5File::open(keras_models() + "/qusai-28x280-convT.h5");
  std::vector<std::pair<std::string, std::string>> layers;  // in Keras, and here
  std::vector<std::string> types;
  for (const LayerSpec& layer : foreign.spec.layers) {
    types.push_back(layer.type);
    if (foreign.weights.contains(layer.name + "/kernel")) layers.emplace_back("", layer.name);
  }
  EXPECT_THAT(types,
              testing::ElementsAre("Conv2D", "Conv2D", "MaxPooling2D", "Conv2D", "Conv2D",
                                   "MaxPooling2D", "Conv2DTranspose", "Conv2DTranspose", "Conv2D"));
  std::size_t next = 0;
  for (const std::string& name : keras.read_texts("model_weights", "layer_names")) {
    const std::string folder = "model_weights/" + name + "/";
    for (const std::string& weight : keras.read_texts("model_weights/" + name, "weight_names")) {
      const Tensor stored = keras.read(folder + weight);
      const bool is_kernel = weight.find("kernel") != std::string::npos;
      ASSERT_LT(next, layers.size());
      EXPECT_EQ(stored, foreign.weights.at(layers[next].second + (is_kernel ? "/kernel" : "/bias")))
          << weight;
      if (!is_kernel) ++next;
    }
  }
  EXPECT_EQ(next, layers.size());
}

TEST(ReadOnnx, RunsAModelOfKerasAsOnnxRuntimeDoes) {
  SKIP_WITHOUT_KERAS_MODELS();
  SKIP_WITHOUT_ONNX_RUNTIME();
  RuntimeCases cases;
  const std::string path = keras_models() + "/qusai-28x280-convT.onnx";
  fs::copy_file(path, cases.folder() / "model.onnx");
  const OnnxRun run = run_model(build_model(read_onnx(path), path), {28, 280, 1});
  cases.add_run("qusai", "model.onnx", {run.input.begin(), run.input.end()}, {2, 28, 280, 1},
                {run.output.begin(), run.output.end()});
  cases.expect_agreement();
}

}  // namespace
}  // namespace adjoint
