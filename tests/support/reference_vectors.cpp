#include "tests/support/reference_vectors.hpp"

#include "framework/storage/hdf5_file.hpp"

namespace adjoint {
namespace {

Hdf5File open_file() {
  return Hdf5File::open(ADJOINT_TEST_DATA "/reference_vectors.h5");
}

std::map<std::string, Tensor> read_weights(const Hdf5File& file, const std::string& group) {
  std::map<std::string, Tensor> weights;
  for (const std::string& layer : file.list(group)) {
    for (const std::string& parameter : file.list(group + "/" + layer)) {
      const std::string name = layer + "/" + parameter;
      weights[name] = file.read(group + "/" + name);
    }
  }
  return weights;
}

}  // namespace

std::vector<std::string> reference_case_names() {
  return open_file().list("cases");
}

ReferenceCase reference_case(const std::string& name) {
  const Hdf5File file = open_file();
  const std::string group = "cases/" + name;
  ReferenceCase result;
  result.source = file.read_text(group, "source");
  result.type = file.read_text(group, "type");
  result.layer = file.read_text(group, "layer");
  std::map<std::string, Tensor*> fields{{"input", &result.input},
                                        {"target", &result.target},
                                        {"output", &result.output},
                                        {"output_gradient", &result.output_gradient},
                                        {"input_gradient", &result.input_gradient}};
  const std::string suffix = "_gradient";
  for (const std::string& dataset : file.list(group)) {
    const Tensor values = file.read(group + "/" + dataset);
    if (fields.contains(dataset)) {
      *fields.at(dataset) = values;
    } else if (dataset.ends_with(suffix)) {
      result.parameter_gradients[dataset.substr(0, dataset.size() - suffix.size())] = values;
    } else {
      result.parameters[dataset] = values;
    }
  }
  result.has_gradients = file.exists(group + "/input_gradient");
  return result;
}

std::vector<std::string> golden_run_names() {
  std::vector<std::string> names;
  const Hdf5File file = open_file();
  for (const std::string& name : file.list("golden")) {
    if (file.exists("golden/" + name + "/losses")) names.push_back(name);
  }
  return names;
}

GoldenRun golden_run(const std::string& name) {
  const Hdf5File file = open_file();
  const std::string group = "golden/" + name;
  return {.loss = file.read_text(group, "loss"),
          .optimizer = file.read_text(group, "optimizer"),
          .input = file.read("golden/input"),
          .target = file.read("golden/target"),
          .initial_weights = read_weights(file, "golden/weights"),
          .final_weights = read_weights(file, group + "/weights"),
          .losses = file.read_doubles(group + "/losses"),
          .losses_float32 = file.read_doubles(group + "/losses_float32")};
}

}  // namespace adjoint
