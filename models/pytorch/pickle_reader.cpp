#include "models/pytorch/pickle_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kMostValues = 1'000'000;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

constexpr std::pair<std::string_view, NumberType> kStorages[] = {
    {"torch.FloatStorage", NumberType::f32}, {"torch.DoubleStorage", NumberType::f64},
    {"torch.HalfStorage", NumberType::f16},  {"torch.BFloat16Storage", NumberType::bf16},
    {"torch.LongStorage", NumberType::i64},  {"torch.IntStorage", NumberType::i32},
    {"torch.ShortStorage", NumberType::i16}, {"torch.CharStorage", NumberType::i8},
    {"torch.ByteStorage", NumberType::u8},   {"torch.BoolStorage", NumberType::boolean}};

std::optional<NumberType> storage_type(std::string_view name) {
  for (const auto& [known, type] : kStorages)
    if (known == name) return type;
  return {};
}

bool is_known(std::string_view name) {
  return name == kOrderedDict || name == kRebuildTensor || name == kRebuildParameter ||
         storage_type(name);
}

}  // namespace

/// Pickle's stack machine.
class Pickle::Machine {
 public:
  Machine(std::string_view bytes, const std::string& place, std::deque<PickleValue>& values)
      : rest_(bytes), size_(bytes.size()), place_(place), values_(values) {}

  const PickleValue* run() {
    if (number<std::uint8_t>() != 0x80) fail("it begins with no protocol");
    const int protocol = number<std::uint8_t>();
    if (protocol < 2 || protocol > 5) fail(fmt::format("it is of protocol {}", protocol));
    while (true) {
      at_ = size_ - rest_.size();
      const auto instruction = number<std::uint8_t>();
      if (instruction == '.') return pop();
      step(instruction);
    }
  }

 private:
  using Value = PickleValue;

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError("{}: {}, at its byte {}; the file is damaged or no state_dict of PyTorch",
                     place_, what, at_);
  }
  [[noreturn]] void refuse(const std::string& name) const {
    throw InputError(
        "{}: it needs {}, which only Python could run; expected a state_dict: tensors by name. "
        "Write one in PyTorch: torch.save(model.state_dict(), \"weights.pt\")",
        place_, name);
  }

  // Bytes.

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) fail("it ends too early");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) fail("it ends too early");
    const std::string_view text = take(end);
    take(1);
    return text;
  }

  // The stack.

  template <class T>
  Value* make(T&& content) {
    if (values_.size() == kMostValues) fail(fmt::format("it has more than {} values", kMostValues));
    return &values_.emplace_back(Value{std::forward<T>(content)});
  }
  template <class T>
  void push(T&& content) {
    stack_.push_back(make(std::forward<T>(content)));
  }
  Value* pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() == marks_.back()))
      fail("it takes a value that is not there");
    Value* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  Value* top() {
    Value* value = pop();
    stack_.push_back(value);
    return value;
  }
  std::vector<const Value*> pop_to_mark() {
    if (marks_.empty()) fail("it has no mark");
    std::vector<const Value*> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()),
                                    stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  std::vector<const Value*> pop_some(std::size_t count) {
    std::vector<const Value*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  void push_tuple(std::vector<const Value*> items) {
    push(PickleList{.is_tuple = true, .items = std::move(items)});
  }

  void step(std::uint8_t instruction) {
    switch (instruction) {
      case '(':
        return marks_.push_back(stack_.size());
      case 'N':
        return push(std::monostate());
      case 0x88:
        return push(true);
      case 0x89:
        return push(false);
      case 'K':
        return push(std::int64_t{number<std::uint8_t>()});
      case 'M':
        return push(std::int64_t{number<std::uint16_t>()});
      case 'J':
        return push(std::int64_t{number<std::int32_t>()});
      case 0x8a:
        return push(long_number());
      case 'G':
        return push(big_endian_double());
      case 'X':
        return push(std::string(take(number<std::uint32_t>())));
      case 0x8c:
        return push(std::string(take(number<std::uint8_t>())));
      case ')':
        return push_tuple({});
      case 0x85:
        return push_tuple(pop_some(1));
      case 0x86:
        return push_tuple(pop_some(2));
      case 0x87:
        return push_tuple(pop_some(3));
      case 't':
        return push_tuple(pop_to_mark());
      case ']':
        return push(PickleList());
      case 'a':
        return append(pop_some(1));
      case 'e':
        return append(pop_to_mark());
      case '}':
        return push(PickleDict());
      case 's':
        return set_items(pop_some(2));
      case 'u':
        return set_items(pop_to_mark());
      case 'q':
        return remember(number<std::uint8_t>());
      case 'r':
        return remember(number<std::uint32_t>());
      case 0x94:
        return remember(static_cast<std::uint32_t>(memo_.size()));
      case 'h':
        return recall(number<std::uint8_t>());
      case 'j':
        return recall(number<std::uint32_t>());
      case 0x95:  // a frame: only its length
        take(8);
        return;
      case '0':
        pop();
        return;
      case 'c': {
        const std::string module(line());
        return push_global(module + "." + std::string(line()));
      }
      case 0x93:
        return push_stack_global();
      case 'R':
        return call();
      case 'Q':
        return push_storage();
      case 'b':
        return build();
      default:
        refuse(fmt::format("the pickle instruction 0x{:02x}", instruction));
    }
  }

  std::int64_t long_number() {
    const std::string_view digits = take(number<std::uint8_t>());
    if (digits.size() > 8) return std::numeric_limits<std::int64_t>::max();  // nothing needs it
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
      value |= std::uint64_t{static_cast<std::uint8_t>(digits[i])} << (8 * i);
    const bool negative = !digits.empty() && (static_cast<std::uint8_t>(digits.back()) & 0x80);
    if (negative && digits.size() < 8) value |= ~std::uint64_t{0} << (8 * digits.size());
    return static_cast<std::int64_t>(value);
  }

  double big_endian_double() {
    std::array<char, 8> bytes{};
    std::ranges::reverse_copy(take(8), bytes.begin());
    return std::bit_cast<double>(bytes);
  }

  void append(const std::vector<const Value*>& items) {
    auto* list = std::get_if<PickleList>(&top()->is);
    if (!list || list->is_tuple) fail("it appends to what is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<const Value*>& items) {
    auto* dict = std::get_if<PickleDict>(&top()->is);
    if (!dict || items.size() % 2 != 0) fail("it sets an item of what is no dictionary");
    for (std::size_t i = 0; i < items.size(); i += 2)
      dict->entries.emplace_back(items[i], items[i + 1]);
  }

  void remember(std::uint32_t place) {
    if (memo_.size() >= kMostValues) fail("it remembers too much");
    memo_[place] = top();
  }
  void recall(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) fail("it recalls what it never remembered");
    stack_.push_back(found->second);
    if (stack_.size() > kMostValues) fail("its stack has no end");
  }

  void push_global(const std::string& name) {
    if (!is_known(name)) refuse("\"" + printable(name) + "\"");
    push(PickleGlobal{name});
  }
  void push_stack_global() {
    const std::vector<const Value*> names = pop_some(2);
    const auto *module = names[0]->as<std::string>(), *name = names[1]->as<std::string>();
    if (!module || !name) fail("it names a class by what is no text");
    push_global(*module + "." + *name);
  }
  /// For a message: short, on one line.
  static std::string printable(std::string name) {
    if (name.size() > 100) name = name.substr(0, 100) + "...";
    std::ranges::replace_if(
        name, [](char c) { return c < ' ' || c > '~'; }, '?');
    return name;
  }

  void call() {
    const std::vector<const Value*> operands = pop_some(2);
    const auto* function = operands[0]->as<PickleGlobal>();
    const auto* arguments = operands[1]->as<PickleList>();
    if (!function || !arguments) fail("it calls what is no function");
    const std::vector<const Value*>& items = arguments->items;
    if (function->name == kOrderedDict && items.empty()) return push(PickleDict());
    if (function->name == kRebuildTensor && items.size() >= 4) return push(tensor(items));
    if (function->name == kRebuildParameter && !items.empty()) {
      const auto* data = items[0]->as<PickleTensor>();
      if (!data) fail("a parameter is no tensor");
      return push(PickleTensor(*data));
    }
    fail(fmt::format("it calls {} with other arguments than PyTorch", function->name));
  }

  PickleTensor tensor(const std::vector<const Value*>& items) const {
    const auto* storage = items[0]->as<PickleStorage>();
    const auto* offset = items[1]->as<std::int64_t>();
    if (!storage || !offset) fail("a tensor has no storage");
    return {.storage = storage,
            .offset = *offset,
            .shape = integers(*items[2]),
            .strides = integers(*items[3])};
  }
  std::vector<std::int64_t> integers(const Value& value) const {
    const auto* list = value.as<PickleList>();
    if (!list || list->items.size() > 64) fail("a tensor has no shape");
    std::vector<std::int64_t> numbers;
    for (const Value* item : list->items) {
      const auto* number = item->as<std::int64_t>();
      if (!number) fail("a tensor's shape is not made of numbers");
      numbers.push_back(*number);
    }
    return numbers;
  }

  /// ('storage', torch.FloatStorage, key, device, count)
  void push_storage() {
    const auto* id = pop()->as<PickleList>();
    if (!id || id->items.size() < 5) fail("a storage has no name");
    const auto* word = id->items[0]->as<std::string>();
    const auto* global = id->items[1]->as<PickleGlobal>();
    const auto* key = id->items[2]->as<std::string>();
    const auto* count = id->items[4]->as<std::int64_t>();
    const auto type = global ? storage_type(global->name) : std::nullopt;
    if (!word || *word != "storage" || !type || !key || !count || *count < 0)
      fail("a storage has no name");
    push(PickleStorage{.type = *type, .key = *key, .count = *count});
  }

  /// The attributes of an OrderedDict: versions of modules, which no weight needs.
  void build() {
    pop();
    if (!top()->as<PickleDict>()) refuse("an object with attributes");
  }

  std::string_view rest_;
  std::size_t size_;
  std::size_t at_ = 0;
  const std::string& place_;
  std::deque<PickleValue>& values_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint32_t, Value*> memo_;
};

Pickle::Pickle(std::string_view bytes, const std::string& place) {
  top_ = Machine(bytes, place, values_).run();
}

}  // namespace adjoint
