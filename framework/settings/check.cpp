#include "framework/settings/check.hpp"

#include <algorithm>

#include "framework/settings/near_miss.hpp"

namespace adjoint {

Check<std::string> one_of(std::vector<std::string> names) {
  const std::string expected = "one of " + quoted_list(names);
  return {
      [names](const std::string& value) { return std::ranges::find(names, value) != names.end(); },
      expected, [names](const std::string& value) { return did_you_mean(value, names); }, names};
}

}  // namespace adjoint
