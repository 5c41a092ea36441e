// Image files as arrays, read and written as the program does.

#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"
#include "python/model.hpp"

namespace adjoint::python {
namespace {

NumberKind kind_of(int bits) {
  return bits == 8 ? NumberKind::u8 : bits == 16 ? NumberKind::u16 : NumberKind::f32;
}

py::array read(const py::object& path, Index page) {
  const std::string file = path_of(path, "path");
  Image image;
  {
    const py::gil_scoped_release release;
    const auto pages = static_cast<Index>(image_pages(file).size());
    if (page < 0 || page >= pages)
      throw InputError("{}: expected a page from 0 to {}, got {}", file, pages - 1, page);
    image = read_image(file, page);
  }
  const Shape shape = shape_of(image.pixels);
  std::vector<Index> axes(shape.begin(), shape.end());
  if (shape[2] == 1) axes.pop_back();
  ResultArray array(axes, kind_of(image.bits), image.white);
  array.append(view(std::as_const(image.pixels)));
  return array.array();
}

void write(const py::object& path, const py::object& x, std::optional<double> white) {
  const std::string file = path_of(path, "path");
  const ImageArray image(x, white);
  if (image.count() != 1)
    throw InputError("{}: a file holds one image, got {}", file, image.count());
  const py::gil_scoped_release release;
  Tensor room;
  write_image(file, image.pixels(0, 1, room).reshaped(image.image()),
              {.bits = bits_of(image.kind()), .white = image.white()});
}

}  // namespace

void bind_images(py::module_& module) {
  module.def("read_image", &read, py::arg("path"), py::kw_only(), py::arg("page") = 0,
             R"(Reads a PNG, JPEG, TIFF, PGM/PPM or BMP file, upright, as stored.

Returns (height, width) of a gray image, (height, width, 3) of a colour image, in uint8, uint16 or
float32 as the file has it; alpha is left out. page counts those of a TIFF from 0.
Raises InputError if the file is missing, damaged or no image.)");
  module.def("write_image", &write, py::arg("path"), py::arg("x"), py::kw_only(),
             py::arg("white") = py::none(),
             R"(Writes an image in the format that the path ends in, whole or not at all.

x: (height, width) or (height, width, 1 or 3); uint8 and uint16 keep their bits where the format
    does, floats in [0, 1] become 32-bit floats in a TIFF and the most bits of another format.
white: the number that means 1; by default 255, 65535 or 1.
Raises InputError if the path ends otherwise or x is no image, RunError if writing fails.)");
}

}  // namespace adjoint::python
