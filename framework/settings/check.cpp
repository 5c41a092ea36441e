#include "framework/settings/check.hpp"

#include <algorithm>

#include "framework/settings/near_miss.hpp"

namespace adjoint {

template <std::same_as<double> T>
const T* first_failing(const NumberRange& range, const Check<T>& check) {
  if (!check.holds(range.low)) return &range.low;
  return first_failing(range.high, check);
}
template const double* first_failing(const NumberRange&, const Check<double>&);

template <std::same_as<Index> T>
const T* first_failing(const Extent2& extent, const Check<T>& check) {
  if (!check.holds(extent.h)) return &extent.h;
  return first_failing(extent.w, check);
}
template const Index* first_failing(const Extent2&, const Check<Index>&);

template <std::same_as<Index> T>
const T* first_failing(const Shape& shape, const Check<T>& check) {
  const auto* wrong = std::find_if_not(shape.begin(), shape.end(), check.holds);
  return wrong == shape.end() ? nullptr : wrong;
}
template const Index* first_failing(const Shape&, const Check<Index>&);

Check<std::string> one_of(std::vector<std::string> names) {
  const std::string expected = "one of " + quoted_list(names);
  return {[names](const std::string& value) {
            return std::find(names.begin(), names.end(), value) != names.end();
          },
          expected, [names](const std::string& value) { return did_you_mean(value, names); },
          names};
}

}  // namespace adjoint
