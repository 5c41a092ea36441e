#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/run_program.hpp"

namespace adjoint {

/// A Python that has torch; empty if there is none.
inline const std::string& python_with_torch() {
  static const std::string found = [] {
    for (const std::string python : {"/usr/bin/python3", "python3"}) {
      try {
        if (run_program({python, "-c", "import torch, numpy"}).status == 0) return python;
      } catch (const std::runtime_error&) {
      }
    }
    return std::string();
  }();
  return found;
}

/// Runs a script of this folder; the test fails unless it ends well.
inline ProgramRun run_python(const std::string& script, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {python_with_torch(), std::string(ADJOINT_TEST_SCRIPTS) + "/" + script});
  ProgramRun run = run_program(arguments, {.timeout = 500});
  EXPECT_EQ(run.status, 0) << run.err;
  return run;
}

#define ADJOINT_NEEDS_TORCH() \
  if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: install python3-torch"

}  // namespace adjoint
