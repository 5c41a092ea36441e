#include "models/pytorch/state_dict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

#include "framework/storage/file_kind.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "models/formats/safetensors.hpp"
#include "models/pytorch/pickle_reader.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kMostPickle = std::size_t{32} << 20;                  // bytes
constexpr std::uintmax_t kAlwaysAllowedStorage = std::uintmax_t{64} << 20;  // bytes

/// Names under which trainings keep a state_dict beside other things.
constexpr std::array<std::string_view, 6> kStateDictKeys{
    "state_dict", "model_state_dict", "model", "net", "network", "weights"};

bool has_tensors(const PickleDict& dict) {
  return std::ranges::any_of(dict.entries, [](const auto& entry) {
    return entry.first->template as<std::string>() && entry.second->template as<PickleTensor>();
  });
}

/// The dictionary of tensors, or null.
const PickleDict* find_state_dict(const PickleValue& top) {
  const auto* dict = top.as<PickleDict>();
  // A dictionary may contain itself, so not for ever.
  for (int depth = 0; dict && depth < 3; ++depth) {
    if (has_tensors(*dict)) return dict;
    const PickleDict* inner = nullptr;
    for (std::string_view key : kStateDictKeys) {
      for (const auto& [name, value] : dict->entries) {
        const auto* text = name->as<std::string>();
        if (!inner && text && *text == key) inner = value->as<PickleDict>();
      }
    }
    dict = inner;
  }
  return nullptr;
}

/// The zip archive of one torch.save.
class StateDictFile {
 public:
  explicit StateDictFile(const std::string& path)
      : archive_(ZipArchive::open(path)), file_size_(std::filesystem::file_size(path)) {
    constexpr std::string_view kPickle = "data.pkl";
    for (const std::string& name : archive_.names()) {
      if (name.ends_with("/constants.pkl") || name.find("/code/") != std::string::npos) {
        throw InputError(
            "{}: it is a TorchScript program, not a state_dict; write its weights in PyTorch: "
            "torch.save(torch.jit.load(\"{}\").state_dict(), \"weights.pt\")",
            path, std::filesystem::path(path).filename().string());
      }
      if (name.ends_with(kPickle) && std::ranges::count(name, '/') <= 1)
        root_ = name.substr(0, name.size() - kPickle.size());
    }
    if (!archive_.contains(root_ + std::string(kPickle)))
      throw InputError(
          "{}: there is no data.pkl in it; expected a state_dict that torch.save wrote", path);
    const std::string order = root_ + "byteorder";
    if (archive_.contains(order) && archive_.read_text(order) != "little")
      throw InputError("{}: its numbers are big-endian; write it on another machine", path);
  }

  std::vector<ForeignWeight> read() {
    const std::string& path = archive_.path();
    const std::string text = archive_.read_text(root_ + "data.pkl");
    if (text.size() > kMostPickle)
      throw InputError("{}: its data.pkl has {} bytes; a state_dict needs at most {}", path,
                       text.size(), kMostPickle);
    const Pickle pickle(text, path + ": data.pkl");
    const PickleDict* dict = find_state_dict(pickle.top());
    if (!dict)
      throw InputError(
          "{}: there is no state_dict in it: a dictionary of tensors, as such or as "
          "\"state_dict\", \"model_state_dict\" or \"model\"; write one in PyTorch: "
          "torch.save(model.state_dict(), \"weights.pt\")",
          path);
    std::vector<ForeignWeight> weights;
    for (const auto& [key, value] : dict->entries) {
      const auto* name = key->as<std::string>();
      const auto* tensor = value->as<PickleTensor>();
      if (name && tensor) weights.push_back({*name, tensor_of(*name, *tensor)});
    }
    return weights;
  }

 private:
  struct Storage {
    std::vector<std::byte> bytes;
    std::int64_t given = 0;  // numbers that tensors took of it
  };

  template <class... Arguments>
  InputError damaged(const std::string& tensor, fmt::format_string<Arguments...> format,
                     Arguments&&... arguments) const {
    return InputError("{}: tensor \"{}\" {}; the file is damaged, take another copy of it",
                      archive_.path(), tensor,
                      fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  Storage& storage(const std::string& tensor, const PickleStorage& of) {
    const auto [found, is_new] = storages_.try_emplace(of.key);
    Storage& storage = found->second;
    if (is_new) {
      storage.bytes = archive_.read(root_ + "data/" + of.key);
      // PyTorch never packs numbers: members that take more than the file has share its bytes.
      unpacked_ += storage.bytes.size();
      if (unpacked_ > kAlwaysAllowedStorage + 4 * file_size_)
        throw damaged(tensor, "needs more than {} bytes of a file of {}", unpacked_, file_size_);
    }
    if (static_cast<std::uint64_t>(of.count) > storage.bytes.size() / size_of(of.type))
      throw damaged(tensor, "has a storage of {} numbers, and '{}data/{}' has {} bytes", of.count,
                    root_, of.key, storage.bytes.size());
    return storage;
  }

  Tensor tensor_of(const std::string& name, const PickleTensor& tensor) {
    const std::size_t rank = tensor.shape.size();
    if (rank > Shape::kMaxRank)
      throw InputError("{}: tensor \"{}\" has {} axes; at most {} are read", archive_.path(), name,
                       rank, Shape::kMaxRank);
    if (tensor.strides.size() != rank) throw damaged(name, "has {} strides", tensor.strides.size());
    const PickleStorage& of = *tensor.storage;
    Storage& from = storage(name, of);
    const Shape shape = checked_shape(name, tensor);
    const Index size = shape.size();
    // One storage may be that of several tensors, but a small file must not fill the memory.
    constexpr std::int64_t kMostUses = 64;
    from.given += size;
    if (from.given / kMostUses > of.count)
      throw damaged(name, "is one of more than {} that share a storage", kMostUses);

    Tensor result = make_tensor(shape);
    std::array<Index, Shape::kMaxRank> position{};
    std::int64_t at = tensor.offset;
    for (Index i = 0; i < size; ++i) {
      result.data()[i] = number_at(of.type, from.bytes.data(), static_cast<std::size_t>(at));
      for (std::size_t axis = rank; axis-- > 0;) {
        at += tensor.strides[axis];
        if (++position[axis] < tensor.shape[axis]) break;
        at -= tensor.strides[axis] * tensor.shape[axis];
        position[axis] = 0;
      }
    }
    return result;
  }

  /// The shape, once every number of it is known to lie in the storage.
  Shape checked_shape(const std::string& name, const PickleTensor& tensor) const {
    const std::int64_t count = tensor.storage->count;
    Shape shape;
    bool is_empty = false;
    for (std::int64_t extent : tensor.shape) {
      if (extent < 0 || extent > std::max<std::int64_t>(count, 1))
        throw damaged(name, "has an axis of {} numbers, and its storage {}", extent, count);
      if (extent == 0) is_empty = true;
      shape.push_back(extent);
    }
    if (is_empty) return shape;
    std::int64_t size = 1;
    for (std::int64_t extent : tensor.shape) {
      if (size > count / extent)
        throw damaged(name, "has more numbers than its storage, {}", count);
      size *= extent;
    }
    std::int64_t last = tensor.offset;
    for (std::size_t axis = 0; axis < tensor.shape.size() && last >= 0 && last < count; ++axis) {
      const std::int64_t steps = tensor.shape[axis] - 1, stride = tensor.strides[axis];
      if (stride < 0 || (steps > 0 && stride > count / steps))
        last = count;
      else
        last += steps * stride;
    }
    if (last < 0 || last >= count)
      throw damaged(name, "reaches beyond its storage of {} numbers", count);
    return shape;
  }

  ZipArchive archive_;
  std::uintmax_t file_size_;
  std::uintmax_t unpacked_ = 0;  // bytes of storages so far
  std::string root_;
  std::map<std::string, Storage> storages_;
};

/// The first bytes of a file.
std::string first_bytes(const std::string& path) {
  if (std::filesystem::is_directory(path))
    throw InputError("{} is a folder; expected a file of PyTorch", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError("cannot open {}: there is no such file, or it is not readable", path);
  std::string bytes(16, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

bool is_plain_pickle(const std::string& path) {
  // The protocol and its number: 2 to 5.
  if (!kind_at(path)) return false;
  const std::string bytes = first_bytes(path);
  return bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

std::vector<ForeignWeight> read_state_dict(const std::string& path) {
  if (first_bytes(path).starts_with('\x80')) {
    throw InputError(
        "{}: it is a plain pickle, as PyTorch wrote before version 1.6; load it in PyTorch and "
        "write it again: torch.save(model.state_dict(), \"weights.pt\")",
        path);
  }
  return StateDictFile(path).read();
}

std::vector<ForeignWeight> read_pytorch(const std::string& path) {
  const std::string bytes = first_bytes(path);
  if (bytes.starts_with("PK") || bytes.starts_with('\x80')) return read_state_dict(path);
  return read_safetensors(path);
}

}  // namespace adjoint
