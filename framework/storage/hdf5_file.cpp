#include "framework/storage/hdf5_file.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <utility>

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/hdf5_library.inl"
#include "framework/tensor/error.hpp"

namespace adjoint {

using namespace hdf5;

namespace {

// Of a model's file: elements of a dataset, and elements for each stored byte beyond that.
constexpr hsize_t kAlwaysAllowed = hsize_t{16} << 20;
constexpr hsize_t kMostExpansion = 25;

constexpr hsize_t kLargestChunk = hsize_t{64} << 20;  // bytes; HDF5 handles a chunk as a whole

Handle link_creation() {
  Handle links = property_list(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_char_encoding(links, H5T_CSET_UTF8);
  return links;
}

// A name for a file in memory: the library wants different ones. Under the library's lock.
std::string memory_name() {
  static int count = 0;
  return fmt::format("/adjoint/in-memory-{}", ++count);
}

// For a file in memory, so that a full disk meets our own writing and its errors, not the
// library's. When the file is closed, as much of it as `image` has room for is copied there. (The
// image that the library gives of an open file has a wrong checksum: H5Fget_file_image clears a
// flag in it.)
Handle in_memory_access(std::vector<std::byte>& image) {
  Handle access = property_list(H5P_FILE_ACCESS);
  // The library's default format has no checksums on its own structures, and a damaged index makes
  // it read zeros; neither can an attribute be longer than 64 KiB. That of HDF5 1.10 cures both.
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fapl_core(access, std::size_t{1} << 20, false);
  H5FD_file_image_callbacks_t callbacks{};
  callbacks.image_free = [](void* memory, H5FD_file_image_op_t when, void* data) -> herr_t {
    auto& image = *static_cast<std::vector<std::byte>*>(data);
    if (when == H5FD_FILE_IMAGE_OP_FILE_CLOSE) {
      std::copy_n(static_cast<const std::byte*>(memory), image.size(), image.begin());
    }
    return H5free_memory(memory);
  };
  callbacks.udata_copy = [](void* data) { return data; };
  callbacks.udata_free = [](void*) -> herr_t { return 0; };
  callbacks.udata = &image;
  H5Pset_file_image_callbacks(access, &callbacks);
  return access;
}

// "" and "/" are the root.
std::string absolute(const std::string& object) {
  return object.starts_with('/') ? object : "/" + object;
}

// How messages call an attribute.
std::string attribute_of(const std::string& object, const std::string& name) {
  return "attribute '" + name + "' of '" + absolute(object) + "'";
}

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
}

template <class T>
hid_t stored_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_STD_I64LE;
}

// Whether numbers of a type are read as T: integers also as floats. A type wider than any number is
// not: the library would allocate whatever width a damaged header claims.
template <class T>
bool reads_as(const Handle& type) {
  if (type.failed() || H5Tget_size(type) > 16) return false;
  const H5T_class_t kind = H5Tget_class(type);
  return kind == H5T_INTEGER || (!std::is_integral_v<T> && kind == H5T_FLOAT);
}

// The whole dataset, or equal parts of it along the outer axes.
std::vector<hsize_t> chunk_of(std::vector<hsize_t> extents, hsize_t element_size) {
  hsize_t bytes = element_size;
  for (const hsize_t extent : extents) bytes *= extent;
  for (hsize_t& extent : extents) {
    const hsize_t row = bytes / extent;
    if (bytes > kLargestChunk) extent = std::max<hsize_t>(1, kLargestChunk / row);
    bytes = row * extent;
  }
  return extents;
}

}  // namespace

struct Hdf5File::Impl {
  std::string path;
  bool writing;
  hid_t file;
  bool strict = false;  // refuses what no program writes for a model

  Impl(std::string path, bool writing, hid_t file)
      : path(std::move(path)), writing(writing), file(file) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    const LibraryLock lock;
    H5Fclose(file);
  }

  // The library refused: the file is damaged, or there is no room to write.
  [[noreturn]] void refuse(const std::string& what) const {
    if (writing) throw RunError("{}: cannot write {}: {}", path, what, library_reason());
    throw InputError("{}: cannot read {}: {}; the file is damaged, take another copy of it", path,
                     what, library_reason());
  }
  // The library is content and the content is not what was asked for.
  template <class... Args>
  [[noreturn]] void reject(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError("{}: {}", path, fmt::format(format, std::forward<Args>(args)...));
  }

  bool exists(const std::string& object) const {
    const std::string name = absolute(object);
    for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
      const std::string part = name.substr(0, end);
      if (part != "/" && !part.ends_with('/')) {
        if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
        if (strict) check_link(part);
        if (H5Oexists_by_name(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
      }
      if (end == std::string::npos) return true;
    }
  }

  void check_link(const std::string& object) const {
    H5L_info_t link{};
    if (H5Lget_info(file, object.c_str(), &link, H5P_DEFAULT) < 0) refuse("'" + object + "'");
    if (link.type == H5L_TYPE_HARD) return;
    reject("'{}' is {} link; expected a model whose weights stand in the file itself", object,
           link.type == H5L_TYPE_SOFT ? "a soft" : "an external");
  }

  // What a dataset of a stranger's may not be.
  void check_stored_here(const Handle& dataset, const std::string& name) const {
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    if (creation.failed()) refuse("dataset '" + absolute(name) + "'");
    if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) > 0) {
      reject("dataset '{}' takes its numbers from elsewhere; expected them in the file itself",
             absolute(name));
    }
  }

  Handle open_object(const std::string& object) const {
    if (!exists(object)) {
      reject("there is no '{}' in it; `h5ls -r` lists what there is", absolute(object));
    }
    Handle handle(H5Oopen(file, absolute(object).c_str(), H5P_DEFAULT), H5Oclose);
    if (handle.failed()) refuse("'" + absolute(object) + "'");
    return handle;
  }

  Handle open_dataset(const std::string& dataset) const {
    Handle handle = open_object(dataset);
    if (H5Iget_type(handle) != H5I_DATASET) {
      reject("'{}' is not a dataset; `h5ls -r` lists what there is", absolute(dataset));
    }
    if (strict) check_stored_here(handle, dataset);
    return handle;
  }

  Handle open_attribute(const std::string& object, const std::string& name) const {
    const Handle owner = open_object(object);
    const htri_t found = H5Aexists(owner, name.c_str());
    if (found < 0) refuse(attribute_of(object, name));
    if (found == 0) reject("'{}' has no attribute '{}'", absolute(object), name);
    Handle attribute(H5Aopen(owner, name.c_str(), H5P_DEFAULT), H5Aclose);
    if (attribute.failed()) refuse(attribute_of(object, name));
    return attribute;
  }

  hsize_t file_size() const {
    hsize_t size = 0;
    H5Fget_filesize(file, &size);
    return size;
  }

  std::vector<hsize_t> extents_of(const Handle& space, const std::string& object) const {
    const int rank = space.failed() ? -1 : H5Sget_simple_extent_ndims(space);
    if (rank < 0) refuse("the shape of '" + absolute(object) + "'");
    std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    return extents;
  }

  Shape shape_of(const Handle& dataset, const std::string& name) const {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const std::vector<hsize_t> extents = extents_of(space, name);
    if (extents.size() > Shape::kMaxRank) {
      reject("dataset '{}' has {} axes, expected at most {}", absolute(name), extents.size(),
             Shape::kMaxRank);
    }
    // A damaged or hostile header must not make us ask for all the memory there is: no filter of
    // the library packs more than about a thousand to one. A dataset of nothing stores nothing.
    const hsize_t stored = std::min(H5Dget_storage_size(dataset), file_size());
    const bool nothing = std::ranges::find(extents, 0U) != extents.end();
    hsize_t most = nothing ? std::numeric_limits<Index>::max() : stored * 1100;
    if (strict && !nothing)
      most = std::min(most, std::max(kAlwaysAllowed, stored * kMostExpansion));
    Shape shape;
    hsize_t size = 1;
    for (const hsize_t extent : extents) {
      const hsize_t count = std::max<hsize_t>(extent, 1);
      if (size > most / count) {
        reject(
            "dataset '{}' claims more elements than its {} stored bytes can hold; the file is "
            "damaged, take another copy of it",
            absolute(name), stored);
      }
      size *= count;
      shape.push_back(static_cast<Index>(extent));
    }
    return shape;
  }

  // Reads a dataset into a container that `make` creates for its shape.
  template <class T, class Make>
  auto read(const std::string& name, Make make) const {
    const LibraryLock lock;
    const Handle dataset = open_dataset(name);
    const Handle type(H5Dget_type(dataset), H5Tclose);
    if (!reads_as<T>(type)) {
      reject("dataset '{}' does not hold {}", absolute(name),
             std::is_integral_v<T> ? "integers" : "numbers");
    }
    auto values = make(shape_of(dataset, name));
    if (values.size() > 0 &&
        H5Dread(dataset, native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
      refuse("dataset '" + absolute(name) + "'");
    }
    return values;
  }

  template <class T>
  std::vector<T> read_vector(const std::string& name) const {
    return read<T>(name, [](const Shape& shape) {
      return std::vector<T>(static_cast<std::size_t>(shape.size()));
    });
  }

  template <class T>
  void write(const std::string& name, const Shape& shape, const T* values) {
    const LibraryLock lock;
    write(name, shape, {stored_type<T>(), native_type<T>(), sizeof(T)}, values);
  }

  struct ElementType {
    hid_t stored, native;
    std::size_t bytes;
  };
  void write(const std::string& name, const Shape& shape, const ElementType& type,
             const void* values) {
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                       H5Sclose);
    const Handle creation = property_list(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    if (!extents.empty() && shape.size() > 0) {  // the library cannot chunk nothing or a scalar
      const std::vector<hsize_t> chunk = chunk_of(extents, type.bytes);
      H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
      H5Pset_fletcher32(creation);
    }
    const Handle links = link_creation();
    const Handle dataset(
        H5Dcreate2(file, absolute(name).c_str(), type.stored, space, links, creation, H5P_DEFAULT),
        H5Dclose);
    if (dataset.failed() ||
        H5Dwrite(dataset, type.native, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
      refuse("dataset '" + absolute(name) + "'");
    }
  }

  void write_attribute(const std::string& object, const std::string& name, hid_t type,
                       const Handle& space, hid_t memory_type, const void* value) {
    const Handle owner = open_object(object);
    if (H5Aexists(owner, name.c_str()) > 0) H5Adelete(owner, name.c_str());
    const Handle attribute(H5Acreate2(owner, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    if (attribute.failed() || H5Awrite(attribute, memory_type, value) < 0) {
      refuse(attribute_of(object, name));
    }
  }

  template <class T>
  void write_scalar(const std::string& object, const std::string& name, T value) {
    const LibraryLock lock;
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    write_attribute(object, name, stored_type<T>(), space, native_type<T>(), &value);
  }

  template <class T>
  T read_scalar(const std::string& object, const std::string& name) const {
    const LibraryLock lock;
    const Handle attribute = open_attribute(object, name);
    const Handle type(H5Aget_type(attribute), H5Tclose);
    const Handle space(H5Aget_space(attribute), H5Sclose);
    if (!reads_as<T>(type) || H5Sget_simple_extent_npoints(space) != 1) {
      reject("{} is not one {}", attribute_of(object, name),
             std::is_integral_v<T> ? "integer" : "number");
    }
    T value{};
    if (H5Aread(attribute, native_type<T>(), &value) < 0) {
      refuse(attribute_of(object, name));
    }
    return value;
  }

  // Strings of one length, not of variable length: those lie in a heap without checksum, and a
  // damaged one crashes the library (1.10.8).
  struct Strings {
    explicit Strings(std::span<const std::string> texts) {
      for (const std::string& text : texts) length = std::max(length, text.size());
      characters.resize(std::max<std::size_t>(1, texts.size() * length));
      for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(&characters[i * length], length);
      H5Tset_size(type, length);
      H5Tset_strpad(type, H5T_STR_NULLPAD);
    }
    std::size_t length = 1;
    std::string characters;
    Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  };
  void write_strings(const std::string& object, const std::string& name, const Handle& space,
                     std::span<const std::string> texts) {
    const Strings strings(texts);
    write_attribute(object, name, strings.type, space, strings.type, strings.characters.data());
  }

  // The texts of an attribute, of either kind of string.
  std::vector<std::string> read_texts(const std::string& object, const std::string& name) const {
    const std::string what = attribute_of(object, name);
    const Handle attribute = open_attribute(object, name);
    const Handle space(H5Aget_space(attribute), H5Sclose);
    std::size_t count = 1;
    for (const hsize_t extent : extents_of(space, object)) {
      // Each takes a byte at least, and the product must not wrap.
      if (extent > file_size() / std::max<std::size_t>(count, 1))
        reject("{} claims {} texts and more; the file is damaged", what, extent);
      count *= extent;
    }
    // Asked before the type: an empty list that comes from numpy is one of floats.
    if (count == 0) return {};
    const Handle type(H5Aget_type(attribute), H5Tclose);
    if (type.failed() || H5Tget_class(type) != H5T_STRING) reject("{} is not text", what);

    std::vector<std::string> texts;
    if (H5Tis_variable_str(type) > 0) {
      std::vector<char*> pointers(count);
      if (H5Aread(attribute, type, pointers.data()) < 0) refuse(what);
      for (const char* pointer : pointers) texts.emplace_back(pointer ? pointer : "");
      H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    } else {
      const std::size_t length = H5Tget_size(type);
      if (length > file_size() / count) reject("{} claims to outgrow the file", what);
      std::vector<char> characters(count * length);
      if (H5Aread(attribute, type, characters.data()) < 0) refuse(what);
      const bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
      for (std::size_t i = 0; i < count; ++i) {
        std::string text(characters.data() + i * length, length);
        if (spaces) {
          text.erase(text.find_last_not_of(' ') + 1);
        } else {
          text.resize(std::min(text.find('\0'), length));
        }
        texts.push_back(std::move(text));
      }
    }
    return texts;
  }
};

Hdf5File::Hdf5File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File::~Hdf5File() = default;

Hdf5File Hdf5File::open(const std::string& path) {
  const LibraryLock lock;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw InputError("cannot open {}: {}", path, std::strerror(errno));
  ::close(fd);
  if (std::filesystem::is_directory(path))
    throw InputError("{} is a folder; expected an HDF5 file", path);
  const Handle access = property_list(H5P_FILE_ACCESS);
  // Files are replaced, never changed, so a reader needs no lock; some network disks have none.
  H5Pset_file_locking(access, false, true);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file < 0) {
    const std::string reason = library_reason();
    if (H5Fis_hdf5(path.c_str()) == 0) {
      throw InputError("{} is not an HDF5 file; expected a checkpoint or an array file in HDF5",
                       path);
    }
    throw InputError("cannot open {}: {}; the file is damaged, take another copy of it", path,
                     reason);
  }
  return Hdf5File(std::make_unique<Impl>(path, false, file));
}

Hdf5File Hdf5File::open_model(const std::string& path) {
  Hdf5File file = open(path);
  file.impl_->strict = true;
  return file;
}

Hdf5File Hdf5File::open_model(const std::string& path, std::span<const std::byte> content) {
  const LibraryLock lock;
  const Handle access = property_list(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, std::size_t{1} << 20, false);
  // The library copies the bytes.
  H5Pset_file_image(access, const_cast<std::byte*>(content.data()), content.size());
  const hid_t file = H5Fopen(memory_name().c_str(), H5F_ACC_RDONLY, access);
  if (file < 0) {
    throw InputError("cannot open {}: {}; the file is damaged, take another copy of it", path,
                     library_reason());
  }
  Hdf5File opened(std::make_unique<Impl>(path, false, file));
  opened.impl_->strict = true;
  return opened;
}

const std::string& Hdf5File::path() const {
  return impl_->path;
}

bool Hdf5File::exists(const std::string& object) const {
  const LibraryLock lock;
  return impl_->exists(object);
}

bool Hdf5File::is_group(const std::string& object) const {
  const LibraryLock lock;
  return impl_->exists(object) && H5Iget_type(impl_->open_object(object)) == H5I_GROUP;
}

std::vector<std::string> Hdf5File::list(const std::string& group) const {
  const LibraryLock lock;
  const Handle handle = impl_->open_object(group);
  if (H5Iget_type(handle) != H5I_GROUP) impl_->reject("'{}' is not a group", absolute(group));
  H5G_info_t info{};
  if (H5Gget_info(handle, &info) < 0) impl_->refuse("group '" + absolute(group) + "'");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto get = [&](char* text, std::size_t size) {
      const ssize_t length =
          H5Lget_name_by_idx(handle, ".", H5_INDEX_NAME, H5_ITER_INC, i, text, size, H5P_DEFAULT);
      if (length < 0) impl_->refuse("group '" + absolute(group) + "'");
      return static_cast<std::size_t>(length);
    };
    std::string name(get(nullptr, 0), '\0');
    get(name.data(), name.size() + 1);
    names.push_back(std::move(name));
  }
  return names;
}

Shape Hdf5File::shape(const std::string& dataset) const {
  const LibraryLock lock;
  return impl_->shape_of(impl_->open_dataset(dataset), dataset);
}

Index Hdf5File::integer_bits(const std::string& dataset) const {
  const LibraryLock lock;
  const Handle type(H5Dget_type(impl_->open_dataset(dataset)), H5Tclose);
  if (type.failed() || H5Tget_class(type) != H5T_INTEGER) return 0;
  return 8 * static_cast<Index>(H5Tget_size(type));
}

bool Hdf5File::is_text(const std::string& dataset) const {
  const LibraryLock lock;
  const Handle type(H5Dget_type(impl_->open_dataset(dataset)), H5Tclose);
  return !type.failed() && H5Tget_class(type) == H5T_STRING;
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  const LibraryLock lock;
  return H5Aexists(impl_->open_object(object), name.c_str()) > 0;
}

Tensor Hdf5File::read(const std::string& dataset) const {
  return impl_->read<Real>(dataset, [](const Shape& shape) { return make_tensor(shape); });
}

std::vector<double> Hdf5File::read_doubles(const std::string& dataset) const {
  return impl_->read_vector<double>(dataset);
}

std::vector<std::int64_t> Hdf5File::read_integers(const std::string& dataset) const {
  return impl_->read_vector<std::int64_t>(dataset);
}

void Hdf5File::write(const std::string& dataset, ConstView values) {
  impl_->write(dataset, values.shape, values.data);
}

void Hdf5File::write(const std::string& dataset, std::span<const double> values) {
  impl_->write(dataset, {static_cast<Index>(values.size())}, values.data());
}

void Hdf5File::write(const std::string& dataset, std::span<const std::int64_t> values) {
  impl_->write(dataset, {static_cast<Index>(values.size())}, values.data());
}

void Hdf5File::write(const std::string& dataset, const std::vector<std::string>& texts) {
  const LibraryLock lock;
  const Impl::Strings strings(texts);
  H5Tset_cset(strings.type, H5T_CSET_UTF8);
  impl_->write(dataset, {static_cast<Index>(texts.size())},
               {strings.type, strings.type, strings.length}, strings.characters.data());
}

void Hdf5File::make_group(const std::string& group) {
  const LibraryLock lock;
  const Handle links = link_creation();
  const Handle handle(
      H5Gcreate2(impl_->file, absolute(group).c_str(), links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (handle.failed()) impl_->refuse("group '" + absolute(group) + "'");
}

void Hdf5File::hard_link(const std::string& existing, const std::string& name) {
  const LibraryLock lock;
  const Handle links = link_creation();
  if (H5Lcreate_hard(impl_->file, absolute(existing).c_str(), impl_->file, absolute(name).c_str(),
                     links, H5P_DEFAULT) < 0) {
    impl_->refuse("'" + absolute(name) + "', a link to '" + absolute(existing) + "'");
  }
}

std::string Hdf5File::read_text(const std::string& object, const std::string& name) const {
  const LibraryLock lock;
  std::vector<std::string> texts = impl_->read_texts(object, name);
  if (texts.size() != 1) {
    impl_->reject("{} is not one text", attribute_of(object, name));
  }
  return std::move(texts.front());
}

std::vector<std::string> Hdf5File::read_texts(const std::string& object,
                                              const std::string& name) const {
  const LibraryLock lock;
  return impl_->read_texts(object, name);
}

std::int64_t Hdf5File::read_integer(const std::string& object, const std::string& name) const {
  return impl_->read_scalar<std::int64_t>(object, name);
}

double Hdf5File::read_number(const std::string& object, const std::string& name) const {
  return impl_->read_scalar<double>(object, name);
}

void Hdf5File::write_text(const std::string& object, const std::string& name,
                          const std::string& text) {
  const LibraryLock lock;
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  impl_->write_strings(object, name, space, {&text, 1});
}

void Hdf5File::write_texts(const std::string& object, const std::string& name,
                           const std::vector<std::string>& texts) {
  const LibraryLock lock;
  const hsize_t count = texts.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  impl_->write_strings(object, name, space, texts);
}

void Hdf5File::write_integer(const std::string& object, const std::string& name,
                             std::int64_t value) {
  impl_->write_scalar(object, name, value);
}

void Hdf5File::write_number(const std::string& object, const std::string& name, double value) {
  impl_->write_scalar(object, name, value);
}

namespace {

// Makes room in `image` for all of an open file, to be copied there when it is closed.
void keep_image(hid_t file, const std::string& path, std::vector<std::byte>& image) {
  const ssize_t size =
      H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, nullptr, 0);
  if (size < 0) throw RunError("cannot write {}: {}", path, library_reason());
  image.resize(static_cast<std::size_t>(size));
}

constexpr int kDeepestGroup = 32;  // groups may hold themselves, and more than once
constexpr std::size_t kMostObjects = 100'000;

/// Adds the paths of all that lies in a group but is no group.
void add_datasets(const Hdf5File& file, const std::string& group, int depth,
                  std::vector<std::string>& datasets) {
  for (const std::string& name : file.list(group)) {
    if (datasets.size() >= kMostObjects) return;
    const std::string path = group + "/" + name;
    if (depth < kDeepestGroup && file.is_group(path))
      add_datasets(file, path, depth + 1, datasets);
    else
      datasets.push_back(path);
  }
}

std::vector<std::string> datasets_of(const Hdf5File& file) {
  std::vector<std::string> datasets;
  add_datasets(file, "", 0, datasets);
  return datasets;
}

bool is_checkpoint(const Hdf5File& file) {
  return file.exists("adjoint") && file.has_attribute("adjoint", "schema_version");
}

/// Whether a checkpoint may take the place of an HDF5 file here: if it is one too, or damaged.
bool yields_to_checkpoint(const std::string& path) {
  if (kind_at(path) != FileKind::hdf5) return true;
  try {
    return is_checkpoint(Hdf5File::open(path));
  } catch (const InputError&) {
    return true;
  }
}

}  // namespace

void check_replaceable(const std::string& path, const std::vector<std::string>& datasets) {
  check_replaceable(path, FileKind::hdf5);
  if (kind_at(path) != FileKind::hdf5) return;
  const Hdf5File earlier = Hdf5File::open(path);
  for (const std::string& dataset : datasets_of(earlier)) {
    const auto same = [&](const std::string& other) { return absolute(other) == dataset; };
    if (std::ranges::none_of(datasets, same)) {
      throw InputError("{} holds other data ({}), which would be lost; name a new file", path,
                       is_checkpoint(earlier) ? "a checkpoint" : dataset);
    }
  }
}

std::vector<std::byte> hdf5_image(const std::function<void(Hdf5File&)>& fill) {
  const std::string name = "an HDF5 file in memory";
  std::vector<std::byte> image;
  {
    const LibraryLock lock;
    const Handle access = in_memory_access(image);
    // Without times, here and in datasets: an array is the same file whenever it is written.
    const Handle creation = property_list(H5P_FILE_CREATE);
    H5Pset_obj_track_times(creation, false);
    const hid_t id = H5Fcreate(memory_name().c_str(), H5F_ACC_TRUNC, creation, access);
    if (id < 0) throw RunError("cannot write {}: {}", name, library_reason());
    Hdf5File file(std::make_unique<Hdf5File::Impl>(name, true, id));
    fill(file);
    keep_image(id, name, image);
  }  // closing it fills the image
  return image;
}

void write_atomically(const std::string& path, const std::function<void(Hdf5File&)>& fill) {
  const std::vector<std::byte> image = hdf5_image([&](Hdf5File& file) {
    file.impl_->path = path;
    fill(file);
    if (!is_checkpoint(file) || !yields_to_checkpoint(path))
      check_replaceable(path, datasets_of(file));
  });
  write_atomically(path, {image});
}

}  // namespace adjoint
