// import adjoint: exceptions, and what the other files bind.

#include "framework/tensor/error.hpp"
#include "python/model.hpp"

namespace adjoint::python {
namespace {

// They live as long as the process.
PyObject *error_type = nullptr, *input_error_type = nullptr, *run_error_type = nullptr;

PyObject* new_exception(py::module_& module, const char* name, const char* doc,
                        const py::tuple& bases) {
  const std::string full = std::string("adjoint.") + name;
  PyObject* const type = PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr);
  if (!type) throw py::error_already_set();
  module.add_object(name, type);
  return type;
}

void bind_exceptions(py::module_& module) {
  const auto bases = [](auto... types) {
    return py::make_tuple(py::reinterpret_borrow<py::object>(types)...);
  };
  error_type =
      new_exception(module, "Error",
                    "What a user can fix. The message says what was wrong, where, what was "
                    "expected and what to do.",
                    bases(PyExc_Exception));
  input_error_type =
      new_exception(module, "InputError", "Bad input: an argument, a config, a file, an array.",
                    bases(error_type, PyExc_ValueError));
  run_error_type =
      new_exception(module, "RunError",
                    "Something failed while running: a full disk, a loss that is not a number.",
                    bases(error_type, PyExc_RuntimeError));
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const InputError& error) {
      PyErr_SetString(input_error_type, error.what());
    } catch (const RunError& error) {
      PyErr_SetString(run_error_type, error.what());
    } catch (const Error& error) {
      PyErr_SetString(error_type, error.what());
    }
  });
}

}  // namespace

PYBIND11_MODULE(_adjoint, module) {
  module.doc() = "Trained models, training and inspection: see the package adjoint.";
  module.attr("__version__") = ADJOINT_VERSION;
  module.attr("__module__") = "adjoint";  // where users find what is bound from here on
  SingleThreadedBlas::give_back();
  bind_exceptions(module);
  auto model = bind_model(module);
  bind_layers(model, module);
  bind_detection(model, module);
  bind_inspection(model, module);
  bind_images(module);
  bind_training(module);
}

}  // namespace adjoint::python
