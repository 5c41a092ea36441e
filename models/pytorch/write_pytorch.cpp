#include "models/pytorch/write_pytorch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <set>

#include "framework/storage/atomic_file.hpp"
#include "models/formats/safetensors.hpp"
#include "models/pytorch/python_name.hpp"
#include "models/pytorch/torch_model.hpp"

namespace adjoint {
namespace {

constexpr std::string_view kLoadFunction = R"(def read_safetensors(path):
    """The tensors of a safetensors file: a length, a JSON text of names and places, numbers."""
    types = {"F32": torch.float32, "I64": torch.int64}
    with open(path, "rb") as file:
        text = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in text.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = torch.frombuffer(
                data[begin:end], dtype=types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def load(path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "model.safetensors")):
    """The model with the weights of a file, ready to be run."""
    model = {class}()
    model.load_state_dict(read_safetensors(path))
    return model.eval()
)";

/// Writes the lines of a model.
class PythonWriter {
 public:
  PythonWriter(const Model& model, std::string name)
      : torch_(model), name_(python_class(name)), title_(std::move(name)) {
    for (char& c : title_)
      if (static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\') c = ' ';
  }

  std::string text() {
    add("\"\"\"{}: a model of Adjoint for PyTorch (1.13 or newer).\n", title_);
    add("    from model import load");
    add("    model = load()            # with the weights of model.safetensors");
    add("    output = model(input)     # input: {}", torch_.nodes[0].shape);
    add("\"\"\"\n");
    if (uses("OrderedDict")) add("from collections import OrderedDict");
    add("import json\nimport os\n\nimport torch\nimport torch.nn.functional as F\nfrom torch "
        "import "
        "nn\n");
    for (const std::string& helper : helpers()) add("\n{}", python_helper(helper));
    add("\nclass {}(nn.Module):", name_);
    add("    def __init__(self):\n        super().__init__()");
    for (std::size_t i = 1; i < torch_.nodes.size(); ++i) add_module(i);
    add("");
    add("    def forward(self, {}):  # {}", torch_.nodes[0].name, torch_.nodes[0].shape);
    for (std::size_t i = 1; i < torch_.nodes.size(); ++i) add_step(i);
    add("        return {}\n\n", torch_.nodes.back().name);
    std::string load(kLoadFunction);
    load.replace(load.find("{class}"), 7, name_);
    text_ += load;
    return text_;
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  bool uses(std::string_view word) const {
    return std::ranges::any_of(torch_.nodes, [&](const TorchNode& node) {
      return node.code.module.find(word) != std::string::npos;
    });
  }
  std::set<std::string> helpers() const {
    std::set<std::string> helpers;
    for (const TorchNode& node : torch_.nodes)
      helpers.insert(node.code.helpers.begin(), node.code.helpers.end());
    return helpers;
  }

  void add_module(std::size_t position) {
    const TorchNode& node = torch_.nodes[position];
    if (!node.makes_module) return;
    add("        self.{} = {}", node.module, node.code.module);
    const Model& model = torch_.model;
    for (const TorchParameter& parameter : node.code.parameters) {
      const std::string path = fmt::format("self.{}.{}", node.module, parameter.attribute);
      const bool is_statistic = parameter.attribute.starts_with("running_");
      if (parameter.parameter < 0) {
        add("        {}.requires_grad_(False)  # stays {}", path, parameter.constant);
      } else if (const auto [owner, is_new] = owners_.try_emplace(parameter.parameter, path);
                 !is_new) {
        add("        {} = {}  # one weight of both layers", path, owner->second);
      } else if (!is_statistic && !model.parameters()[parameter.parameter].trainable) {
        add("        {}.requires_grad_(False)  # not trained", path);
      }
    }
  }

  void add_step(std::size_t position) {
    const TorchNode& node = torch_.nodes[position];
    std::string comment = node.shape;
    const Node& ours = torch_.model.nodes()[position];
    if (ours.name != node.name) comment += ", layer \"" + ours.name + "\"";
    if (torch_.model.latent() == static_cast<Index>(position)) comment += ", the latent code";
    add("        {} = {}  # {}", node.name, node.expression, comment);
  }

  TorchModel torch_;
  std::string name_, title_;
  std::string text_;
  std::map<Index, std::string> owners_;  // of parameters
};

}  // namespace

std::string pytorch_source(const Model& model, const std::string& name) {
  return PythonWriter(model, name).text();
}

void write_pytorch(const std::string& folder, const Model& model, const std::string& name) {
  const std::string source = pytorch_source(model, name);
  const TorchModel torch(model);
  std::vector<SafetensorsEntry> entries;
  for (const WeightSlot& slot : torch.slots()) {
    entries.push_back({.name = slot.names[0], .value = torch_value(model, slot)});
    if (slot.kind == "running_var") {
      // nn.BatchNorm2d counts the batches that it has averaged, for momentum=None alone.
      const std::string module = slot.names[0].substr(0, slot.names[0].rfind('.'));
      entries.push_back({.name = module + ".num_batches_tracked",
                         .value = make_tensor({1}, 0),
                         .is_integer = true});
    }
  }
  make_folder(folder);
  const std::filesystem::path place(folder);
  write_safetensors((place / "model.safetensors").string(), entries);
  write_text_file(place / "model.py", source);
}

}  // namespace adjoint
