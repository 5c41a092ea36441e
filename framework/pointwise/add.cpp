#include "framework/pointwise/add.hpp"

namespace adjoint {

void add(ConstView part, View total) {
  const Index size = part.size();
  for (Index i = 0; i < size; ++i) total[i] += part[i];
}

}  // namespace adjoint
