// What is written, in ONNX Runtime: installed beside tests/interop/package.json, or in the folder
// that ADJOINT_INTEROP names.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/layer_table.hpp"
#include "models/onnx/layer_writers.hpp"
#include "models/onnx/onnx_file.hpp"
#include "models/onnx/write_onnx.hpp"
#include "tests/models/onnx/onnx_cases.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/run_program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr double kPromise = 1e-5;

fs::path interop_folder() {
  const char* named = std::getenv("ADJOINT_INTEROP");
  return named && *named ? fs::path(named) : fs::path(ADJOINT_SOURCE) / "tests/interop";
}

/// Models, inputs and expected outputs in a folder of their own, to be run together.
class RuntimeCases {
 public:
  RuntimeCases() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~RuntimeCases() { fs::remove_all(folder_); }

  void add(const std::string& name, const Model& model, const Shape& sample,
           const OnnxOptions& options = {}) {
    const std::string stem = std::to_string(cases_.size());
    const OnnxRun run = run_model(model, sample);
    write_onnx(folder_ / (stem + ".onnx"), model, options);
    add_run(name, stem, run);
  }
  void add_run(const std::string& name, const std::string& stem, const OnnxRun& run) {
    write(stem + ".input", channels_first(run.input));
    write(stem + ".output", channels_first(run.output));
    cases_.push_back({{"name", name},
                      {"model", stem + ".onnx"},
                      {"input", stem + ".input"},
                      {"shape", channels_first_shape(run.input)},
                      {"output", stem + ".output"}});
  }
  const fs::path& folder() const { return folder_; }
  std::size_t size() const { return cases_.size(); }

  /// Each name with the largest difference from what is expected, or with what went wrong.
  std::map<std::string, std::string> run() const {
    std::ofstream(folder_ / "cases.json") << cases_.dump();
    const ProgramRun program =
        run_program({"/usr/bin/env", "node",
                     std::string(ADJOINT_SOURCE) + "/tests/interop/run_onnx.js", folder_.string()},
                    {.environment = {{"ADJOINT_INTEROP", interop_folder().string()}}});
    EXPECT_EQ(program.status, 0) << program.err;
    std::map<std::string, std::string> results;
    std::istringstream lines(program.out);
    for (std::string line; std::getline(lines, line);)
      results[line.substr(0, line.find('\t'))] = line.substr(line.find('\t') + 1);
    return results;
  }

 private:
  void write(const std::string& name, const std::vector<float>& numbers) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  }

  fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  nlohmann::json cases_ = nlohmann::json::array();
};

void expect_agreement(const RuntimeCases& cases) {
  const auto results = cases.run();
  EXPECT_EQ(results.size(), cases.size());
  for (const auto& [name, text] : results) {
    double difference = 1;
    std::istringstream(text) >> difference;
    EXPECT_LE(difference, kPromise) << name << ": " << text;
    EXPECT_TRUE(text.find_first_not_of("0123456789.e-") == std::string::npos)
        << name << ": " << text;
  }
}

#define SKIP_WITHOUT_ONNX_RUNTIME()                                                 \
  if (!fs::exists(interop_folder() / "node_modules/onnxruntime-node"))              \
  GTEST_SKIP() << "ONNX Runtime is not installed: npm install --ignore-scripts in " \
                  "tests/interop, or name the folder with its node_modules in ADJOINT_INTEROP"

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
  expect_agreement(cases);
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
  expect_agreement(cases);
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
  cases.add_run("scaled", "0", run);
  expect_agreement(cases);
}

OnnxGraph written(const OnnxCase& one) {
  const fs::path path = fs::path(testing::TempDir()) / "written.onnx";
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
  const fs::path path = fs::path(testing::TempDir()) / "refused.onnx";
  fs::remove(path);
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
