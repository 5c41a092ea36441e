#include "python/arrays.hpp"

#include <algorithm>

#include "datasets/formats/image_file.hpp"
#include "datasets/level_check.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint::python {
namespace {

/// The array in C order and native bytes, and its type.
template <class T>
py::array contiguous(const py::array& array) {
  return py::array_t<T, py::array::c_style | py::array::forcecast>::ensure(array);
}

py::array any_array(const py::object& numbers, const char* what) {
  py::array array = py::array::ensure(numbers);
  if (!array) {
    PyErr_Clear();
    throw InputError("{}: expected a NumPy array, got {}", what, type_name(numbers));
  }
  return array;
}

template <class T>
void convert(const void* from, double white, Index first, View to) {
  const T* const numbers = static_cast<const T*>(from) + first;
  // Divided as image files are, so that the results have the same bits.
  for (Index i = 0; i < to.size(); ++i)
    to[i] = static_cast<Real>(numbers[i]) / static_cast<Real>(white);
}

template <class T>
void put_levels(ConstView pixels, double white, void* to) {
  for (Index i = 0; i < pixels.size(); ++i)
    static_cast<T*>(to)[i] = static_cast<T>(level_of(pixels[i], white));
}

template <class T>
void put_numbers(ConstView pixels, double white, void* to) {
  for (Index i = 0; i < pixels.size(); ++i)
    static_cast<T*>(to)[i] = static_cast<T>(pixels[i] * static_cast<Real>(white));
}

}  // namespace

std::string type_name(const py::handle& object) {
  return py::str(py::type::of(object).attr("__name__"));
}

int bits_of(NumberKind kind) {
  return kind == NumberKind::u8 ? 8 : kind == NumberKind::u16 ? 16 : 32;
}

ImageArray::ImageArray(const py::object& images, std::optional<double> white)
    : array_(any_array(images, "images")) {
  const char kind = array_.dtype().kind();
  const auto bytes = array_.itemsize();
  if (kind == 'f' && bytes == 4) {
    kind_ = NumberKind::f32;
    array_ = contiguous<float>(array_);
  } else if (kind == 'f' && bytes == 8) {
    kind_ = NumberKind::f64;
    array_ = contiguous<double>(array_);
  } else if (kind == 'u' && bytes == 1) {
    kind_ = NumberKind::u8;
    array_ = contiguous<std::uint8_t>(array_);
  } else if (kind == 'u' && bytes == 2) {
    kind_ = NumberKind::u16;
    array_ = contiguous<std::uint16_t>(array_);
  } else {
    throw InputError(
        "images are float32 or float64 (in [0, 1]), uint8 or uint16, got {}; convert them with "
        "astype",
        std::string(py::str(array_.dtype())));
  }
  if (!array_) throw py::error_already_set();  // no memory for a copy

  look_at_shape();
  if (white && !(*white > 0)) throw InputError("white: expected a number above 0, got {}", *white);
  white_ = white_level(bits_of(kind_), white.value_or(0));
}

ImageArray::ImageArray(const py::object& images, const ImageModel& model,
                       std::optional<double> white)
    : ImageArray(images, white) {
  if (!white) white_ = white_level(bits_of(kind_), model.trained().data.white_level());
  const Index channels = model.channels(), got = image_[2];
  // A gray model takes the channels of any image one by one: also of what is none.
  if (got == channels || (channels == 1 && got == 3)) return;
  throw InputError(
      "the model takes images of {}, got {} in an array of shape {}{}",
      channels == 1 ? "1 channel, or colour images of 3" : fmt::format("{} channels", channels),
      got, std::string(py::str(array_.attr("shape"))),
      rank_ == 3 && channels == 1
          ? "; 3 axes are (height, width, channels): a batch of gray images is x[..., None]"
          : "");
}

void ImageArray::look_at_shape() {
  rank_ = static_cast<int>(array_.ndim());
  if (rank_ < 2 || rank_ > 4) {
    throw InputError(
        "images are (height, width), (height, width, channels) or (count, height, width, "
        "channels), got an array of shape {}",
        std::string(py::str(array_.attr("shape"))));
  }
  Shape shape;
  for (int axis = 0; axis < rank_; ++axis) shape.push_back(array_.shape(axis));
  if (rank_ == 4) count_ = shape[0];
  image_ = rank_ == 2 ? Shape{shape[0], shape[1], 1} : rank_ == 3 ? shape : shape.sample();
  if (image_[0] == 0 || image_[1] == 0)
    throw InputError("images have at least one pixel, got {}x{}", image_[0], image_[1]);
}

std::vector<Index> ImageArray::shape_with(const Shape& image) const {
  std::vector<Index> shape(image.begin(), image.end());
  if (rank_ == 2 && shape.size() == 3) shape.pop_back();
  if (rank_ == 4) shape.insert(shape.begin(), count_);
  return shape;
}

Index ImageArray::piece() const {
  return std::max(ImageModel::usual_batch(image_), ImageModel::together({image_[0], image_[1]}));
}

ConstView ImageArray::pixels(Index first, Index count, Tensor& room) const {
  const Index start = first * image_.size();
  const Shape shape = image_.batched(count);
  if (kind_ == NumberKind::f32 && white_ == 1)
    return {static_cast<const float*>(array_.data()) + start, shape};
  room = make_tensor(shape);
  switch (kind_) {
    case NumberKind::f32:
      convert<float>(array_.data(), white_, start, view(room));
      break;
    case NumberKind::f64:
      convert<double>(array_.data(), white_, start, view(room));
      break;
    case NumberKind::u8:
      convert<std::uint8_t>(array_.data(), white_, start, view(room));
      break;
    case NumberKind::u16:
      convert<std::uint16_t>(array_.data(), white_, start, view(room));
      break;
  }
  return view(std::as_const(room));
}

std::optional<std::string> ImageArray::level_warning() const {
  if (count_ == 0) return std::nullopt;
  LevelCheck check;
  Tensor room;
  check.add(pixels(0, 1, room), {.bits = bits_of(kind_), .white = white_});
  return check.warning("white={}");
}

ResultArray::ResultArray(const std::vector<Index>& shape, NumberKind kind, double white)
    : kind_(kind), white_(white) {
  const char* const type = kind == NumberKind::f32   ? "f4"
                           : kind == NumberKind::f64 ? "f8"
                           : kind == NumberKind::u8  ? "u1"
                                                     : "u2";
  array_ = py::array(py::dtype(type), shape);
}

void ResultArray::append(ConstView pixels) {
  // No element is written twice, and nobody else has the array yet.
  char* const to =
      const_cast<char*>(static_cast<const char*>(array_.data())) + end_ * array_.itemsize();
  switch (kind_) {
    case NumberKind::f32:
      put_numbers<float>(pixels, white_, to);
      break;
    case NumberKind::f64:
      put_numbers<double>(pixels, white_, to);
      break;
    case NumberKind::u8:
      put_levels<std::uint8_t>(pixels, white_, to);
      break;
    case NumberKind::u16:
      put_levels<std::uint16_t>(pixels, white_, to);
      break;
  }
  end_ += pixels.size();
}

py::array view_of(const Tensor& tensor, const py::object& owner) {
  py::array array(py::dtype::of<Real>(), tensor.shape(), tensor.data(), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

py::array to_array(Tensor tensor) {
  const auto owned = new Tensor(std::move(tensor));
  const py::capsule owner(owned, [](void* pointer) { delete static_cast<Tensor*>(pointer); });
  return py::array(py::dtype::of<Real>(), owned->shape(), owned->data(), owner);
}

py::array_t<float, py::array::c_style> float_array(const py::object& numbers, const char* what) {
  auto array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(
      any_array(numbers, what));
  if (!array) {
    PyErr_Clear();
    throw InputError("{}: expected numbers, got an array of {}", what,
                     std::string(py::str(py::array::ensure(numbers).dtype())));
  }
  return array;
}

ConstView view_of(const py::array_t<float, py::array::c_style>& array) {
  Shape shape;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) shape.push_back(array.shape(axis));
  return {array.data(), shape};
}

py::tuple shape_tuple(const Shape& shape) {
  py::tuple tuple(static_cast<std::size_t>(shape.rank()));
  for (int axis = 0; axis < shape.rank(); ++axis) {
    tuple[static_cast<std::size_t>(axis)] =
        shape[axis] == 0 ? py::object(py::none()) : py::int_(shape[axis]);
  }
  return tuple;
}

std::string shape_text(const Shape& shape) {
  return py::str(shape_tuple(shape));
}

std::optional<Extent2> size_of(const py::object& size) {
  if (size.is_none()) return std::nullopt;
  try {
    const auto [height, width] = size.cast<std::pair<Index, Index>>();
    if (height > 0 && width > 0) return Extent2{height, width};
  } catch (const py::cast_error&) {
  }
  throw InputError("size: expected (height, width), both above 0, got {}",
                   std::string(py::repr(size)));
}

}  // namespace adjoint::python
