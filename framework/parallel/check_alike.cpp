#include "framework/parallel/check_alike.hpp"

#include <sstream>

#include "framework/tensor/error.hpp"

namespace adjoint {

void check_alike(Ranks& ranks, const Facts& facts) {
  if (!ranks.several()) return;
  for (const auto& [what, mine] : facts) {
    const std::vector<std::string> all = gather_texts(ranks, mine);
    for (int r = 1; r < ranks.size(); ++r) {
      const std::string& theirs = all[static_cast<std::size_t>(r)];
      if (theirs == all[0]) continue;
      std::istringstream left(all[0]), right(theirs);
      std::string x, y;
      do {
        if (!std::getline(left, x)) x = "nothing";
        if (!std::getline(right, y)) y = "nothing";
      } while (x == y && (left || right));
      throw InputError(
          "the ranks do not have the same {}: {} has `{}`, {} has `{}`; results would "
          "not be those of one process, give all of them the same",
          what, ranks.name(0), x, ranks.name(r), y);
    }
  }
}

}  // namespace adjoint
