#pragma once

// Models that are run in ONNX Runtime: installed beside tests/interop/package.json, or in the
// folder that ADJOINT_INTEROP names.

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "models/onnx/write_onnx.hpp"
#include "tests/models/onnx/onnx_cases.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {

/// The folder whose node_modules holds what the tests compare with.
std::filesystem::path interop_folder();

#define SKIP_WITHOUT_ONNX_RUNTIME()                                                 \
  if (!std::filesystem::exists(interop_folder() / "node_modules/onnxruntime-node")) \
  GTEST_SKIP() << "ONNX Runtime is not installed: npm install --ignore-scripts in " \
                  "tests/interop, or name the folder with its node_modules in ADJOINT_INTEROP"

/// Models, inputs and expected outputs in a folder of the present test's, to be run together.
class RuntimeCases {
 public:
  /// `program` of tests/interop runs them.
  explicit RuntimeCases(std::string program = "run_onnx.js") : program_(std::move(program)) {}

  /// Writes a model, and expects what it makes of random samples.
  void add(const std::string& name, const Model& model, const Shape& sample);
  /// A model that is in the folder already, and what it should make of an input.
  void add_run(const std::string& name, const std::string& file, const std::vector<float>& input,
               const std::vector<Index>& shape, const std::vector<float>& output);
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::size_t size() const { return cases_.size(); }

  /// Runs them, and expects that no number differs by more than 1e-5.
  void expect_agreement() const;

 private:
  std::map<std::string, std::string> run() const;
  void write(const std::string& name, const std::vector<float>& numbers) const;

  std::string program_;
  TempFolder folder_;
  nlohmann::json cases_ = nlohmann::json::array();
};

}  // namespace adjoint
