#include <gmock/gmock.h>

#include "tests/support/mpirun.hpp"

namespace adjoint {
namespace {

using testing::StartsWith;

class MpiContract : public testing::TestWithParam<int> {};

TEST_P(MpiContract, Holds) {
  const ProgramRun run = run_on_ranks(ADJOINT_MPIRUN, GetParam(), {ADJOINT_RANKS_CONTRACT});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "0 \n");
}

INSTANTIATE_TEST_SUITE_P(, MpiContract, testing::Values(1, 2, 3, 4));

TEST(MpiRanks, EndTogetherWithTheReasonOfTheOneThatFails) {
  for (const int failing : {0, 2}) {
    const ProgramRun run =
        run_on_ranks(ADJOINT_MPIRUN, 3, {ADJOINT_RANKS_CONTRACT, "fail", std::to_string(failing)});
    EXPECT_EQ(run.status, 7) << run.err;
    EXPECT_THAT(run.out,
                StartsWith(failing == 0 ? "7 out of paper\n" : "7 out of paper (rank 2 (host "));
  }
}

}  // namespace
}  // namespace adjoint
