#pragma once

// Files that TensorBoard reads: events in records with checksums. The numbers of the fields are
// those of event.proto, summary.proto, graph.proto, node_def.proto, attr_value.proto and
// tensor_shape.proto in github.com/tensorflow/tensorboard (tensorboard/compat/proto); the records
// are TensorFlow's TFRecord.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "framework/storage/descriptor.hpp"
#include "framework/tensor/shape.hpp"

namespace adjoint {

/// What an epoch has to show.
struct EventSummary {
  std::vector<std::pair<std::string, double>> scalars = {};  // tag and value
  struct Image {
    std::string tag, description;
    std::string png;  // the bytes of a file
  };
  std::vector<Image> images = {};
};

/// A node of a model's graph.
struct EventGraphNode {
  std::string name, type;
  std::vector<std::string> inputs;  // names
  Shape output;                     // of one sample; the graph shows any number of them
  std::vector<std::pair<std::string, std::string>> attributes = {};
};

/// One file of a run of TensorBoard's, which is a folder. Every call writes whole records.
class EventFile {
 public:
  /// Makes a new file in the folder, and the folder where it is missing. Where other files there
  /// hold steps from `first_step` on, TensorBoard leaves those out. Throws RunError if that is not
  /// possible.
  EventFile(const std::filesystem::path& folder, Index first_step);

  const std::filesystem::path& path() const { return path_; }
  /// These throw RunError if the file cannot be written; it then ends where it did before.
  void add(Index step, const EventSummary& summary);
  void add_graph(const std::vector<EventGraphNode>& nodes);

 private:
  void write(const std::string& records);

  std::filesystem::path path_;
  Descriptor file_;
  long written_ = 0;  // bytes of whole records
};

}  // namespace adjoint
