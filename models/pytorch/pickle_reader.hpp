#pragma once

// Python's pickles, as far as a state_dict of tensors needs them. A pickle is a program; this
// reader runs none of it: it knows the values below and refuses every other instruction and every
// other name of a class or function. Source: Python's Lib/pickletools.py; torch/serialization.py
// and torch/_utils.py of PyTorch 1.6 to 2.x.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "framework/storage/number_type.hpp"

namespace adjoint {

struct PickleValue;

/// Numbers in a member of the archive: "data/0".
struct PickleStorage {
  NumberType type;
  std::string key;
  std::int64_t count = 0;  // of numbers
};
/// A view of a storage: shape and strides in numbers.
struct PickleTensor {
  const PickleStorage* storage = nullptr;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape, strides;
};
/// The name of a class or function, "torch._utils._rebuild_tensor_v2".
struct PickleGlobal {
  std::string name;
};
struct PickleList {
  bool is_tuple = false;
  std::vector<const PickleValue*> items;
};
/// In the order in which the entries were written.
struct PickleDict {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> entries;
};
/// std::monostate stands for None, and for other values that no tensor needs.
struct PickleValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleGlobal, PickleList,
               PickleDict, PickleStorage, PickleTensor>
      is;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&is);
  }
};

/// A pickle, read.
class Pickle {
 public:
  /// `place` begins every message. Throws InputError if the bytes are no pickle, are damaged, need
  /// an instruction or a name that no state_dict has, or have more than a million values.
  Pickle(std::string_view bytes, const std::string& place);
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& top() const { return *top_; }

 private:
  class Machine;
  std::deque<PickleValue> values_;  // all of them: values may contain each other and themselves
  const PickleValue* top_ = nullptr;
};

}  // namespace adjoint
