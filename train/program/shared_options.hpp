#pragma once

// Options that several commands take, in the same words.

#include "train/program/command.hpp"

namespace adjoint {

inline Option checkpoint_option() {
  return {"checkpoint",
          "Trained model: a checkpoint, the folder of its run, or a model of Keras or ONNX",
          Option::Kind::text};
}
inline Option images_option() {
  return {"input", "Image files, folders of them, .npy, .h5 or .h5:/dataset, IDX or CIFAR-10 files",
          Option::Kind::texts};
}
inline Option out_option(const std::string& doc, const std::string& fallback = {},
                         const std::string& value = "OUT") {
  return {"o,out", doc, Option::Kind::text, value, fallback};
}
inline Option set_option(const std::string& doc) {
  return {"s,set", doc, Option::Kind::texts, "KEY=VALUE"};
}
inline Option seed_option(const std::string& doc) {
  return {"seed", doc, Option::Kind::natural, "N", "0"};
}
inline Option threads_option() {
  return {"threads", "Number of threads; 0: one for each processor", Option::Kind::integer, "N",
          "0"};
}
inline Option max_memory_option() {
  return {"max-memory", "Memory limit for the activations of the model; larger images run in tiles",
          Option::Kind::text, "SIZE", "1G"};
}
inline Option tta_option(const std::string& use = "Give the") {
  return {"tta", use +
                     " mean over the eight flips and rotations of an image (test-time "
                     "augmentation), in eight times the time"};
}
inline Option strict_option(const std::string& instead = "leaving them out") {
  return {"strict", "Refuse images that cannot be read, instead of " + instead};
}
inline Option white_option() {
  return {"white",
          "The stored value that means white, such as 4095 in 12-bit data (default: the "
          "data.white that the model was trained with; else what the file says, or the largest "
          "value of its integer type)",
          Option::Kind::number, "LEVEL"};
}
inline Option json_option() {
  return {"json", "Print the result as JSON"};
}

}  // namespace adjoint
