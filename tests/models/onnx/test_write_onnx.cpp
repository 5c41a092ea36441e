// What is written, in ONNX Runtime: installed beside tests/interop/package.json, or in the folder
// that ADJOINT_INTEROP names.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "models/layer_table.hpp"
#include "models/onnx/layer_writers.hpp"
#include "models/onnx/onnx_file.hpp"
#include "models/onnx/write_onnx.hpp"
#include "tests/models/onnx/onnx_cases.hpp"
#include "tests/models/onnx/runtime_cases.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

TEST(WriteOnnx, KnowsEveryTypeOfLayer) {
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds())
    EXPECT_TRUE(std::ranges::any_of(onnx_layers(),
                                    [&](const OnnxLayer& row) { return row.type == kind.name; }))
        << kind.name << " has no row in layer_writers.cpp";
  std::set<std::string> tried;
  for (const OnnxCase& one : onnx_cases()) {
    const Model model = build_case(one);
    for (const Node& node : model.nodes())
      if (node.layer) tried.insert(std::string(node.layer->type()));
  }
  for (const OnnxLayer& row : onnx_layers())
    EXPECT_TRUE(tried.contains(std::string(row.type))) << row.type << " is not tried";
}

TEST(WriteOnnx, RunsTheSameInOnnxRuntime) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  RuntimeCases cases;
  for (const OnnxCase& one : onnx_cases()) {
    SCOPED_TRACE(one.name);
    const Model model = build_case(one);
    cases.add(one.name, model, one.sample.empty() ? model.input_shape() : one.sample);
  }
  cases.expect_agreement();
}

TEST(WriteOnnx, RunsTheShippedConfigsTheSame) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  RuntimeCases cases;
  for (const auto& entry : fs::directory_iterator(fs::path(ADJOINT_SOURCE) / "configs")) {
    SCOPED_TRACE(entry.path());
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    ModelConfig config;
    parse_config(text.str(), entry.path(), {}, config, ConfigScope::part);
    Model model = build_model(config.model, 3);
    Shape sample = model.input_shape();
    if (sample[0] == 0) sample[0] = 40;
    if (sample[1] == 0) sample[1] = 56;
    cases.add(entry.path().stem(), model, sample);
  }
  EXPECT_GE(cases.size(), 15u);
  cases.expect_agreement();
}

TEST(WriteOnnx, PutsTheNormalizationIntoTheGraph) {
  SKIP_WITHOUT_ONNX_RUNTIME();
  const Model model =
      build_case({"scaled", "[4, 6, 2]", {"type = \"Conv2D\"\nfilters = 1\nkernel_size = 3"}});
  RuntimeCases cases;
  OnnxRun run = run_model(model, model.input_shape());
  write_onnx(
      cases.folder() / "0.onnx", model,
      {.input_scaling = OnnxScaling{{2, 4}, {-1, 3}}, .output_scaling = OnnxScaling{{0.5}, {10}}});
  // What the file is given to see what the model saw.
  for (Index i = 0; i < static_cast<Index>(run.input.size()); ++i) {
    Real& number = run.input.data()[i];
    number = i % 2 == 0 ? (number + 1) / 2 : (number - 3) / 4;
  }
  run.output = run.output * 0.5F + 10.0F;
  cases.add_run("scaled", "0.onnx", channels_first(run.input), channels_first_shape(run.input),
                channels_first(run.output));
  cases.expect_agreement();
}

OnnxGraph written(const OnnxCase& one) {
  const TempFolder folder;
  const fs::path path = folder / "written.onnx";
  write_onnx(path, build_case(one));
  return read_onnx_graph(path);
}

TEST(WriteOnnx, StoresATiedKernelOnce) {
  const OnnxGraph graph =
      written({"tied",
               "[10, 14, 3]",
               {"name = \"a\"\ntype = \"Conv2D\"\nfilters = 8\nkernel_size = 3\nstrides = 2",
                "name = \"b\"\ntype = \"Conv2DTranspose\"\ntied_to = \"a\"\noutput_like = \"a\""}});
  ASSERT_EQ(graph.constants.size(), 3u);
  EXPECT_EQ(graph.constants.at("a/kernel").dims, (OnnxInts{8, 3, 3, 3}));
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].inputs[1], "a/kernel");
  EXPECT_EQ(graph.nodes[1].inputs[1], "a/kernel");
}

TEST(WriteOnnx, LeavesNothingToDoBetweenTheLayersOfAnAutoencoder) {
  const OnnxGraph graph =
      written({"dense",
               "[2, 3, 4]",
               {"type = \"Flatten\"", "type = \"Dense\"\nunits = 24\nactivation = \"relu\"",
                "type = \"Reshape\"\ntarget_shape = [2, 3, 4]", "type = \"Dropout\"\nrate = 0.5"}});
  std::vector<std::string> operators;
  for (const OnnxNode& node : graph.nodes) operators.push_back(node.op);
  EXPECT_THAT(operators, testing::ElementsAre("Reshape", "Gemm", "Relu", "Reshape"));
  EXPECT_EQ(graph.opset, kOnnxOpset);
}

TEST(WriteOnnx, NamesTheLayerThatOnnxHasNotGot) {
  const TempFolder folder;
  const fs::path path = folder / "refused.onnx";
  const Model model =
      build_case({"gaps",
                  "[0, 0, 2]",
                  {"name = \"x\"\ntype = \"Conv2D\"\nfilters = 1\nkernel_size = 3\npadding = "
                   "\"same\"\nstrides = 2\ndilation_rate = 2"}});
  EXPECT_THAT(error_of([&] { write_onnx(path, model); }),
              testing::AllOf(testing::HasSubstr("layer \"x\" (Conv2D) cannot be written as ONNX"),
                             testing::HasSubstr("give the model's input a height and a width")));
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace adjoint
