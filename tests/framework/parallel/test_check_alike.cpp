#include "framework/parallel/check_alike.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "tests/support/thread_ranks.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(CheckAlike, TakesWhatIsAlike) {
  run_thread_ranks(3, [](Ranks& ranks) {
    EXPECT_NO_THROW(check_alike(ranks, {{"version", "1"}, {"config", "a\nb"}}));
  });
}

TEST(CheckAlike, NamesBothRanksAndTheLineThatDiffersAtEveryRank) {
  for (const bool longer : {false, true}) {
    run_thread_ranks(3, [&](Ranks& ranks) {
      const std::string mine = ranks.rank() == 1 ? "a\nc" : longer ? "a" : "a\nb";
      EXPECT_THAT(
          [&] {
            check_alike(ranks, {{"config", mine}});
          },
          ThrowsMessage<InputError>(
              AllOf(HasSubstr("do not have the same config: rank 0 has"),
                    HasSubstr(longer ? "`nothing`, rank 1 has `c`" : "`b`, rank 1 has `c`"))));
    });
  }
}

TEST(GatherTexts, GivesTheTextsOfAllRanksInTheirOrder) {
  run_thread_ranks(3, [](Ranks& ranks) {
    const std::string mine(static_cast<std::size_t>(ranks.rank()) * 2, 'x');
    EXPECT_THAT(gather_texts(ranks, mine), ElementsAre("", "xx", "xxxx"));
    EXPECT_EQ(broadcast_text(ranks, ranks.first() ? "hello" : ""), "hello");
  });
  EXPECT_THAT(gather_texts(alone(), "me"), ElementsAre("me"));
}

}  // namespace
}  // namespace adjoint
