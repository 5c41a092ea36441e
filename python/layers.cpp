// The layers of a model, with their weights as arrays.

#include "framework/tensor/error.hpp"
#include "inference/inspection/kernels/symmetric_pairs.hpp"
#include "inference/inspection/layers/layer_report.hpp"
#include "python/model.hpp"

namespace adjoint::python {
namespace {

/// A layer in its place. Its shapes are those of one sample; an extent of 0 means any.
struct LayerPlace {
  py::object model;  // a Model, kept alive
  Index place = 0;
  std::vector<Shape> input_shapes;
  Shape output_shape;
  std::string activation;

  const Model& graph() const { return model.cast<const TrainedImageModel&>().model(); }
  const Node& node() const { return graph().nodes()[static_cast<std::size_t>(place)]; }
  std::string name_of(Index other) const {
    return graph().nodes()[static_cast<std::size_t>(other)].name;
  }
};

/// The shape, with 0 for each extent that another size of image changes.
Shape open_shape(Shape shape, const Shape& of_larger) {
  if (shape.rank() != of_larger.rank()) return shape;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] != of_larger[axis]) shape[axis] = 0;
  return shape;
}

/// Output shapes of all nodes.
std::vector<Shape> shapes_of(const Model& model) {
  const Shape& input = model.input_shape();
  if (input[0] != 0 && input[1] != 0) return model.infer(input);
  const Shape example = typical_input(model);
  std::vector<Shape> shapes = model.infer(example);
  const Index larger = input[0] == 0 ? 2 * example[0] : example[0];
  const Index wider = input[1] == 0 ? 2 * example[1] : example[1];
  const std::vector<Shape> of_larger = model.infer({larger, wider, example[2]});
  for (std::size_t n = 0; n < shapes.size(); ++n) shapes[n] = open_shape(shapes[n], of_larger[n]);
  return shapes;
}

std::vector<LayerPlace> layers_of(const py::object& self) {
  const Model& model = self.cast<const TrainedImageModel&>().model();
  const std::vector<Shape> shapes = shapes_of(model);
  const LayerReport report = report_layers(model, typical_input(model));
  std::vector<LayerPlace> layers;
  for (std::size_t n = 1; n < shapes.size(); ++n) {
    LayerPlace layer{.model = self,
                     .place = static_cast<Index>(n),
                     .output_shape = shapes[n],
                     .activation = report.layers[n].activation};
    for (const Index input : model.nodes()[n].inputs)
      layer.input_shapes.push_back(shapes[static_cast<std::size_t>(input)]);
    layers.push_back(std::move(layer));
  }
  return layers;
}

LayerPlace layer_named(const py::object& self, const std::string& name) {
  std::string names;
  for (const LayerPlace& layer : layers_of(self)) {
    if (layer.node().name == name) return layer;
    names += (names.empty() ? "" : ", ") + layer.node().name;
  }
  throw InputError("the model has no layer \"{}\"; its layers are {}", name, names);
}

py::dict parameters_of(const LayerPlace& layer) {
  py::dict arrays;
  for (const Index p : layer.node().parameters) {
    const Parameter& parameter = layer.graph().parameters()[static_cast<std::size_t>(p)];
    const std::string name = parameter.name.substr(parameter.name.rfind('/') + 1);
    arrays[py::str(name)] = view_of(parameter.value, layer.model);
  }
  return arrays;
}

py::object kernel_array(const LayerPlace& layer) {
  const Index kernel = kernel_of(layer.graph(), layer.place);
  if (kernel < 0) return py::none();
  return view_of(layer.graph().parameters()[static_cast<std::size_t>(kernel)].value, layer.model);
}

py::tuple tuple_of(const std::vector<Shape>& shapes) {
  py::tuple tuple(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) tuple[i] = shape_tuple(shapes[i]);
  return tuple;
}

std::string representation(const LayerPlace& layer) {
  std::string text = fmt::format("<adjoint.Layer \"{}\": {}, {}", layer.node().name,
                                 layer.node().layer->type(), shape_text(layer.output_shape));
  if (layer.activation != "linear") text += ", " + layer.activation;
  if (layer.node().tied_to >= 0)
    text += fmt::format(", tied to \"{}\"", layer.name_of(layer.node().tied_to));
  return text + ">";
}

}  // namespace

void bind_layers(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module) {
  using Self = LayerPlace;
  py::class_<Self>(module, "Layer", "A layer of a model. It keeps its model alive.")
      .def_property_readonly("name", [](const Self& self) { return self.node().name; })
      .def_property_readonly(
          "type", [](const Self& self) { return std::string(self.node().layer->type()); },
          "Keras's name of its class, such as \"Conv2D\".")
      .def_readonly("activation", &Self::activation, "Such as \"relu\"; \"linear\" for none.")
      .def_property_readonly(
          "inputs",
          [](const Self& self) {
            std::vector<std::string> names;
            for (const Index input : self.node().inputs) names.push_back(self.name_of(input));
            return names;
          },
          "Names of the layers whose outputs it takes; \"input\" is the image.")
      .def_property_readonly(
          "input_shapes", [](const Self& self) { return tuple_of(self.input_shapes); },
          "A shape for each of its inputs, of one sample: (height, width, channels); None means "
          "any.")
      .def_property_readonly(
          "output_shape", [](const Self& self) { return shape_tuple(self.output_shape); },
          "Shape of one sample; None means any.")
      .def_property_readonly(
          "tied_to",
          [](const Self& self) -> std::optional<std::string> {
            const Index tied = self.node().tied_to;
            return tied < 0 ? std::nullopt : std::optional(self.name_of(tied));
          },
          "Name of the layer whose kernel it shares, or None.")
      .def_property_readonly("parameters", &parameters_of,
                             R"(Its weights by name: "kernel", "bias", "gamma", ...

Read-only arrays of float32 on the model's own memory, which they keep alive; copy() one to change
it.)")
      .def_property_readonly("kernel", &kernel_array,
                             R"(The kernel of a convolution, or None; an array as in parameters.

Conv2D: (height, width, in, out); Conv2DTranspose: (height, width, out, in), as in Keras.)")
      .def("__repr__", &representation);
  model.def_property_readonly("layers", &layers_of, "Its layers in the order in which they run.")
      .def("layer", &layer_named, py::arg("name"),
           "Returns the layer of that name. Raises InputError if there is none.");
}

}  // namespace adjoint::python
