#include "train/tensorboard/event_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "datasets/formats/png_format.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "train/tensorboard/crc32c.hpp"
#include "train/tensorboard/protobuf_message.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Message = ProtobufMessage;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host = name.data();
  std::ranges::replace(host, '/', '-');
  return host;
}

/// Length, its checksum, the bytes and theirs.
std::string record(const std::string& bytes) {
  const auto masked = [](std::string_view of) {
    const std::uint32_t sum = crc32c(of);
    return little_endian(static_cast<std::uint32_t>((sum >> 15 | sum << 17) + 0xA282EAD8U));
  };
  const std::string length = little_endian(static_cast<std::uint64_t>(bytes.size()));
  return length + masked(length) + bytes + masked(bytes);
}

/// message Event {wall_time = 1; step = 2; ...}
Message event(Index step) {
  Message event;
  event.number(1, seconds_now());
  if (step != 0) event.integer(2, step);
  return event;
}

/// message Summary.Image {height = 1; width = 2; colorspace = 3; encoded_image_string = 4}
Message image_message(const std::string& png) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(png.data());
  const Shape shape = png::info({bytes, png.size()}).value().shape();
  return Message()
      .integer(1, shape[0])
      .integer(2, shape[1])
      .integer(3, shape.back())  // 1: gray, 3: RGB
      .text(4, png);
}

/// message Summary {repeated Value value = 1}, Value {tag = 1; simple_value = 2; image = 4;
/// metadata = 9}, SummaryMetadata {summary_description = 3}
Message summary_message(const EventSummary& summary) {
  Message message;
  for (const auto& [tag, value] : summary.scalars)
    message.message(1, Message().text(1, tag).number(2, static_cast<float>(value)));
  for (const EventSummary::Image& image : summary.images) {
    message.message(1, Message()
                           .text(1, image.tag)
                           .message(4, image_message(image.png))
                           .message(9, Message().text(3, image.description)));
  }
  return message;
}

/// message TensorShapeProto {repeated Dim dim = 2}, Dim {size = 1}
Message shape_message(const Shape& sample) {
  Message shape;
  shape.message(2, Message().integer(1, -1));  // any number of samples
  for (const Index extent : sample) shape.message(2, Message().integer(1, extent));
  return shape;
}

/// message NodeDef {name = 1; op = 2; repeated input = 3; map<string, AttrValue> attr = 5},
/// AttrValue {list = 1; s = 2}, ListValue {repeated shape = 7}
Message node_message(const EventGraphNode& node) {
  Message message;
  message.text(1, node.name).text(2, node.type);
  for (const std::string& input : node.inputs) message.text(3, input);
  const auto attribute = [&](const std::string& name, const Message& value) {
    message.message(5, Message().text(1, name).message(2, value));
  };
  attribute("_output_shapes",
            Message().message(1, Message().message(7, shape_message(node.output))));
  for (const auto& [name, value] : node.attributes) attribute(name, Message().text(2, value));
  return message;
}

}  // namespace

EventFile::EventFile(const fs::path& folder, Index first_step) {
  make_folder(folder);
  // TensorBoard reads the files of a folder in the order of their names.
  static std::atomic<int> files = 0;
  path_ = folder / fmt::format("events.out.tfevents.{:010}.{}.{}.{}",
                               static_cast<long>(seconds_now()), host_name(), ::getpid(), files++);
  file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file_ < 0) throw RunError("cannot write {}: {}", path_.string(), std::strerror(errno));
  // SessionLog {status = 1} of START = 1: what an earlier file has from this step on is void.
  write(record(event(0).text(3, "brain.Event:2").bytes()) +
        record(event(first_step).message(7, Message().integer(1, 1)).bytes()));
}

void EventFile::add(Index step, const EventSummary& summary) {
  write(record(event(step).message(5, summary_message(summary)).bytes()));
}

void EventFile::add_graph(const std::vector<EventGraphNode>& nodes) {
  Message graph;
  for (const EventGraphNode& node : nodes) graph.message(1, node_message(node));
  write(record(event(0).text(4, graph.bytes()).bytes()));
}

void EventFile::write(const std::string& records) {
  if (write_all(file_, std::as_bytes(std::span(records))) < records.size()) {
    const int reason = errno;
    // A part of a record would hide those behind it.
    if (::ftruncate(file_, written_) == 0) ::lseek(file_, written_, SEEK_SET);
    throw RunError("cannot write {}: {}", path_.string(), std::strerror(reason));
  }
  written_ += static_cast<long>(records.size());
}

}  // namespace adjoint
