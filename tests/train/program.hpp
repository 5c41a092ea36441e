#pragma once

// The adjoint program in a folder of its own.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "datasets/formats/array_file.hpp"
#include "tests/support/run_program.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {

class Program : public testing::Test {
 protected:
  /// Runs `adjoint` with these arguments in the test's folder.
  ProgramRun adjoint(std::vector<std::string> arguments, ProgramOptions options = {}) const {
    arguments.insert(arguments.begin(), ADJOINT_PROGRAM);
    if (options.folder.empty()) options.folder = folder_.path();
    return run_program(arguments, options);
  }
  /// The same; the test fails unless the program ends well.
  ProgramRun adjoint_ok(std::vector<std::string> arguments, ProgramOptions options = {}) const {
    ProgramRun run = adjoint(std::move(arguments), std::move(options));
    EXPECT_EQ(run.status, 0) << run.err;
    return run;
  }
  /// The document that a command prints with --json: all of standard output.
  nlohmann::json json_of(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    const ProgramRun run = adjoint_ok(std::move(arguments));
    nlohmann::json document = nlohmann::json::parse(run.out, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << run.out;
    return document;
  }
  /// Expects this exit status and one message of one line, and returns it.
  std::string message(std::vector<std::string> arguments, int status,
                      ProgramOptions options = {}) const {
    const ProgramRun run = adjoint(std::move(arguments), std::move(options));
    EXPECT_EQ(run.status, status) << run.err;
    EXPECT_EQ(run.out, "");
    const std::size_t start = run.err.find("adjoint: ");
    EXPECT_NE(start, std::string::npos) << run.err;
    if (start == std::string::npos) return run.err;
    EXPECT_EQ(run.err.find("adjoint: ", start + 1), std::string::npos) << run.err;
    EXPECT_EQ(run.err.back(), '\n');
    return run.err.substr(start);
  }
  Tensor array(const std::string& place) const {
    return read_array(ArrayPlace::parse((folder_ / place).string()));
  }

  TempFolder folder_;
};

/// Text with each part replaced by another.
inline std::string with(std::string text, const std::string& part, const std::string& other) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

/// Images that differ from pixel to pixel and from one to the next, of multiples of 1/255.
inline Tensor some_images(const Shape& shape) {
  Tensor images = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i)
    images.data()[i] = static_cast<Real>((i * 37 + i / 11) % 256) / 255;
  return images;
}

}  // namespace adjoint
