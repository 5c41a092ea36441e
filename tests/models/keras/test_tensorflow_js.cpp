// What is written for Keras, in TensorFlow.js, which has TensorFlow's semantics: installed beside
// tests/interop/package.json, or in the folder that ADJOINT_INTEROP names.

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "models/keras/keras_export.hpp"
#include "models/keras/keras_file.hpp"
#include "tests/models/onnx/runtime_cases.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

#define SKIP_WITHOUT_TENSORFLOW()                                                    \
  if (!fs::exists(interop_folder() / "node_modules/@tensorflow/tfjs"))               \
  GTEST_SKIP() << "TensorFlow.js is not installed: npm install --ignore-scripts in " \
                  "tests/interop, or name the folder with its node_modules in ADJOINT_INTEROP"

std::vector<float> numbers_of(const Tensor& tensor) {
  return {tensor.begin(), tensor.end()};
}
std::vector<Index> extents_of(const Tensor& tensor) {
  const Shape shape = shape_of(tensor);
  return {shape.begin(), shape.end()};
}

/// Adds a model as Keras has it; false where Keras has no such layer or argument.
bool add(RuntimeCases& cases, const std::string& name, const Model& model, const Shape& sample) {
  const std::string file = std::to_string(cases.size()) + ".h5";
  try {
    write_keras_h5(cases.folder() / file, model, "model");
  } catch (const InputError&) {
    return false;
  }
  // Whatever we write we read again.
  const Model again = build_model(read_keras_h5(cases.folder() / file), file);
  const OnnxRun run = run_model(again, sample);
  cases.add_run(name, file, numbers_of(run.input), extents_of(run.input), numbers_of(run.output));
  return true;
}

/// Whether TensorFlow.js has what a case needs.
bool is_known(const OnnxCase& one, const Model& model) {
  for (const char* missing : {"bicubic", "groups", "elu"})
    if (one.name.find(missing) != std::string::npos) return false;
  for (const Node& node : model.nodes()) {
    if (!node.layer) continue;
    for (const char* type :
         {"GroupNormalization", "SpatialDropout2D", "ActivityRegularization", "Subtract"})
      if (node.layer->type() == type) return false;
  }
  return true;
}

TEST(TensorFlowJs, RunsEveryLayerThatKerasHasTheSame) {
  SKIP_WITHOUT_TENSORFLOW();
  RuntimeCases cases("run_keras.js");
  for (const OnnxCase& one : onnx_cases()) {
    SCOPED_TRACE(one.name);
    const Model model = build_case(one);
    if (!is_known(one, model)) continue;
    add(cases, one.name, model, one.sample.empty() ? model.input_shape() : one.sample);
  }
  EXPECT_GE(cases.size(), 90u);
  cases.expect_agreement();
}

TEST(TensorFlowJs, RunsTheRealModelsTheSame) {
  SKIP_WITHOUT_TENSORFLOW();
  const char* data = std::getenv("ADJOINT_DATA");
  if (!data || !fs::exists(fs::path(data) / "keras-models"))
    GTEST_SKIP() << "set ADJOINT_DATA to the folder that holds keras-models";
  RuntimeCases cases("run_keras.js");
  // Run there as it was saved, and here as it was read.
  const std::string name = "qusai-28x280-convT.h5";
  const fs::path path = fs::path(data) / "keras-models" / name;
  const Model model = build_model(read_keras_h5(path), name);
  const OnnxRun run = run_model(model, model.input_shape());
  cases.add_run(name, path, numbers_of(run.input), extents_of(run.input), numbers_of(run.output));
  cases.expect_agreement();
}

}  // namespace
}  // namespace adjoint
