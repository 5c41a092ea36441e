#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/formats/levels.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The label of a sample whose class nobody knows.
inline constexpr Index kNoLabel = -1;

/// The epoch of everything that must look the same in every epoch: validation images, their patches
/// and their noise. No training epoch gets there.
inline constexpr std::uint32_t kFixedEpoch = 0xFFFFFFFF;

/// Images of one shape, read in any order: every source of data is one of these.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Number of samples.
  virtual Index size() const = 0;
  /// (height, width, channels) of every sample.
  virtual Shape shape() const = 0;
  /// Writes one sample, in [0, 1]: a pure function of dataset, index and epoch. A random patch or a
  /// synthetic image may change with the epoch, a stored image does not. Any number of threads may
  /// read at once.
  virtual void read(Index index, std::uint32_t epoch, View sample) const = 0;
  /// Number of consecutive samples from one image (its patches): a split never separates them.
  virtual Index group() const { return 1; }
  /// The whole image of a sample, (height, width, channels): what patches are cut from, which may
  /// differ in size; elsewhere what read() gives in the fixed epoch.
  virtual Tensor whole(Index index) const {
    Tensor image = make_tensor(shape());
    read(index, kFixedEpoch, view(image));
    return image;
  }
  /// Name that identifies that image: its file, with "#PAGE" (from 0) where the file has several;
  /// empty where images have no files of their own.
  virtual std::string image_name(Index /*index*/) const { return ""; }

  /// Bits and white level of the stored images; those of the first one, where they differ.
  virtual Levels levels() const { return {}; }

  /// Whether samples have an input of their own, such as a noisy photograph of what read() gives
  /// clean. Otherwise read() gives the input, too.
  virtual bool paired() const { return false; }
  /// Writes what a model should make that sample of: the same place of another image.
  virtual void read_input(Index index, std::uint32_t epoch, View input) const {
    read(index, epoch, input);
  }

  /// Where samples are stored together, so that reading one makes its neighbours quick to read (a
  /// compressed chunk of a file): how many such blocks are at hand at once, and the block of a
  /// sample. 0: every sample is as quick to read as any other.
  virtual Index blocks_at_once() const { return 0; }
  virtual Index block(Index index) const { return index; }

  /// The class of a sample, the same in every epoch: from 0 on, or kNoLabel.
  virtual Index label(Index /*index*/) const { return kNoLabel; }
  /// Names of the labels 0, 1, ...; empty if they are plain numbers.
  virtual std::vector<std::string> label_names() const { return {}; }
};

using DatasetPtr = std::shared_ptr<const Dataset>;

}  // namespace adjoint
