#pragma once

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>

#include "framework/tensor/tensor.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint::python {

namespace py = pybind11;

/// Name of an object's type, for messages: "list".
std::string type_name(const py::handle& object);

/// Number types of arrays of images.
enum class NumberKind { f32, f64, u8, u16 };
/// 8, 16, or 32 for floats, as Levels has them.
int bits_of(NumberKind kind);

/// One image or several of a caller's: (height, width), (height, width, channels) or (count,
/// height, width, channels), in float32, float64, uint8 or uint16.
class ImageArray {
 public:
  /// Keeps a reference to the array; only what is not in C order and native bytes is copied.
  /// `white` is the number that means 1; unset: that of the model's training, else 255, 65535 or 1
  /// by the type. Throws InputError if these are no images for the model.
  ImageArray(const py::object& images, const ImageModel& model, std::optional<double> white);
  /// Images of 1 or 3 channels that no model is to see.
  ImageArray(const py::object& images, std::optional<double> white);

  Index count() const { return count_; }
  /// (height, width, channels)
  const Shape& image() const { return image_; }
  /// Shape of an array that has `image` in place of each image here.
  std::vector<Index> shape_with(const Shape& image) const;
  NumberKind kind() const { return kind_; }
  double white() const { return white_; }
  /// Images that run at once, without an effect on any result's bits.
  Index piece() const;

  /// Some of the images as pixels, white 1, (count, height, width, channels): the caller's own
  /// memory where that holds float32 and white is 1, else converted in `room`. Needs no GIL.
  ConstView pixels(Index first, Index count, Tensor& room) const;
  /// Warning if the numbers are far from [0, 1]: see LevelCheck.
  std::optional<std::string> level_warning() const;

 private:
  void look_at_shape();

  py::array array_;
  NumberKind kind_;
  double white_ = 1;
  int rank_ = 0;
  Index count_ = 1;
  Shape image_;
};

/// A new array for results of the same type and white level as images.
class ResultArray {
 public:
  ResultArray(const std::vector<Index>& shape, NumberKind kind, double white);
  /// Puts numbers behind those that it has; integers are rounded and clipped. Needs no GIL.
  void append(ConstView pixels);
  py::array array() const { return array_; }

 private:
  py::array array_;
  NumberKind kind_;
  double white_;
  Index end_ = 0;
};

/// A tensor as a read-only array that keeps `owner`, whose memory it is, alive.
py::array view_of(const Tensor& tensor, const py::object& owner);
/// A tensor moved into an array.
py::array to_array(Tensor tensor);
/// An array of numbers as float32 in C order, copied if it is not. Throws InputError that begins
/// with `what` if it is no array.
py::array_t<float, py::array::c_style> float_array(const py::object& numbers, const char* what);
ConstView view_of(const py::array_t<float, py::array::c_style>& array);

/// A shape as a tuple; extents of 0, which mean any, are None.
py::tuple shape_tuple(const Shape& shape);
/// The same for people: "(None, None, 1)".
std::string shape_text(const Shape& shape);
/// (height, width), or None. Throws InputError for anything else.
std::optional<Extent2> size_of(const py::object& size);

}  // namespace adjoint::python
