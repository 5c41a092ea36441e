#include "tests/models/onnx/runtime_cases.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/run_program.hpp"

namespace adjoint {

namespace fs = std::filesystem;

fs::path interop_folder() {
  const char* named = std::getenv("ADJOINT_INTEROP");
  return named && *named ? fs::path(named) : fs::path(ADJOINT_SOURCE) / "tests/interop";
}

void RuntimeCases::add(const std::string& name, const Model& model, const Shape& sample) {
  const std::string file = std::to_string(cases_.size()) + ".onnx";
  write_onnx(folder_ / file, model);
  const OnnxRun run = run_model(model, sample);
  add_run(name, file, channels_first(run.input), channels_first_shape(run.input),
          channels_first(run.output));
}

void RuntimeCases::add_run(const std::string& name, const std::string& file,
                           const std::vector<float>& input, const std::vector<Index>& shape,
                           const std::vector<float>& output) {
  const std::string stem = std::to_string(cases_.size());
  write(stem + ".input", input);
  write(stem + ".output", output);
  cases_.push_back({{"name", name},
                    {"model", file},
                    {"input", stem + ".input"},
                    {"shape", shape},
                    {"output", stem + ".output"}});
}

void RuntimeCases::write(const std::string& name, const std::vector<float>& numbers) const {
  std::ofstream(folder_ / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(float)));
}

/// Each name with the largest difference from what is expected, or with what went wrong.
std::map<std::string, std::string> RuntimeCases::run() const {
  std::ofstream(folder_ / "cases.json") << cases_.dump();
  const ProgramRun program =
      run_program({"/usr/bin/env", "node",
                   std::string(ADJOINT_SOURCE) + "/tests/interop/" + program_, folder().string()},
                  {.environment = {{"ADJOINT_INTEROP", interop_folder().string()}}});
  EXPECT_EQ(program.status, 0) << program.err;
  std::map<std::string, std::string> results;
  std::istringstream lines(program.out);
  for (std::string line; std::getline(lines, line);)
    results[line.substr(0, line.find('\t'))] = line.substr(line.find('\t') + 1);
  return results;
}

void RuntimeCases::expect_agreement() const {
  constexpr double kPromise = 1e-5;
  const auto results = run();
  EXPECT_EQ(results.size(), cases_.size());
  double largest = 0;
  for (const auto& [name, text] : results) {
    char* end = nullptr;
    const double difference = std::strtod(text.c_str(), &end);
    EXPECT_TRUE(!text.empty() && *end == '\0') << name << ": " << text;
    EXPECT_LE(difference, kPromise) << name;
    largest = std::max(largest, difference);
  }
  testing::Test::RecordProperty("largest_difference", fmt::format("{:.2g}", largest));
}

}  // namespace adjoint
