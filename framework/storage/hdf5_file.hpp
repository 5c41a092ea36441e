#pragma once

// HDF5 files, as checkpoints and array files need them: datasets of numbers, groups, and
// attributes that are texts or numbers. Where the HDF5 library is named: see hdf5_library.inl.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// An open HDF5 file: one on disk, to be read, or a new one in memory, to be filled by
/// write_atomically(). Objects are named by their path ("model_weights/conv/kernel:0"; "/" is the
/// root).
///
/// Reading throws InputError if the file is not what it should be, with its name, the object and
/// what to do; writing throws RunError. Files may be used from several threads: the HDF5 library,
/// which may not, stands behind one lock.
class Hdf5File {
 public:
  /// Opens a file for reading. Throws InputError if it is missing, is not HDF5, or is damaged.
  static Hdf5File open(const std::string& path);
  /// Opens a file that holds a model, perhaps a stranger's. Then reading also refuses what no
  /// program writes for a model: soft and external links, datasets that are kept in other files or
  /// made of other datasets, and those that expand, above 64 MiB, to more than 100 times what is
  /// stored.
  static Hdf5File open_model(const std::string& path);
  /// The same for a file that lies in memory; `path` is its name in messages.
  static Hdf5File open_model(const std::string& path, std::span<const std::byte> content);
  Hdf5File(Hdf5File&& other) noexcept;
  ~Hdf5File();

  const std::string& path() const;

  // Content.
  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;
  /// Names of a group's children, sorted.
  std::vector<std::string> list(const std::string& group) const;
  Shape shape(const std::string& dataset) const;
  /// Bits of the integers that a dataset holds; 0 if it holds floats.
  Index integer_bits(const std::string& dataset) const;
  /// Whether a dataset holds texts.
  bool is_text(const std::string& dataset) const;
  bool has_attribute(const std::string& object, const std::string& name) const;

  // Datasets. Integers and floats of any width are read; a checksum that does not match is an
  // InputError.
  Tensor read(const std::string& dataset) const;
  std::vector<double> read_doubles(const std::string& dataset) const;
  std::vector<std::int64_t> read_integers(const std::string& dataset) const;

  // Datasets are stored with a Fletcher-32 checksum; groups are made on the way.
  void write(const std::string& dataset, ConstView values);
  void write(const std::string& dataset, std::span<const double> values);
  void write(const std::string& dataset, std::span<const std::int64_t> values);
  /// Texts, each padded with zero bytes to the length of the longest; UTF-8.
  void write(const std::string& dataset, const std::vector<std::string>& texts);
  void make_group(const std::string& group);
  /// Gives an object a second name; it stays stored once.
  void hard_link(const std::string& existing, const std::string& name);

  // Attributes of a group or dataset. Texts are UTF-8, of any length, without zero bytes.
  std::string read_text(const std::string& object, const std::string& name) const;
  std::vector<std::string> read_texts(const std::string& object, const std::string& name) const;
  std::int64_t read_integer(const std::string& object, const std::string& name) const;
  double read_number(const std::string& object, const std::string& name) const;

  // Writing replaces an attribute of the same name.
  /// One text, as a byte string (h5py gives bytes; Keras decodes them).
  void write_text(const std::string& object, const std::string& name, const std::string& text);
  /// A list of texts, as Keras writes layer_names: an array of byte strings.
  void write_texts(const std::string& object, const std::string& name,
                   const std::vector<std::string>& texts);
  void write_integer(const std::string& object, const std::string& name, std::int64_t value);
  void write_number(const std::string& object, const std::string& name, double value);

 private:
  friend void write_atomically(const std::string& path, const std::function<void(Hdf5File&)>& fill);
  friend std::vector<std::byte> hdf5_image(const std::function<void(Hdf5File&)>& fill);
  struct Impl;
  explicit Hdf5File(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

/// Writes an HDF5 file whole or not at all: `fill` fills it in memory, then it replaces the earlier
/// file in one step. Whatever `fill` throws leaves the earlier file as it was. Throws InputError if
/// that is not replaceable by the new one (see below), RunError if the file cannot be written.
void write_atomically(const std::string& path, const std::function<void(Hdf5File&)>& fill);

/// The bytes of an HDF5 file that `fill` fills: for files in which others lie.
std::vector<std::byte> hdf5_image(const std::function<void(Hdf5File&)>& fill);

/// Throws InputError if there is a file at `path` that an HDF5 file of these datasets would
/// destroy: one of another kind, or with other datasets. (A checkpoint may replace a checkpoint.)
/// Writing checks this by itself; a command that works for long asks before it begins.
void check_replaceable(const std::string& path, const std::vector<std::string>& datasets);

}  // namespace adjoint
