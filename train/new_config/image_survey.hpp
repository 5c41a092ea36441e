#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/noise/noise_estimate.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/parallel/thread_pool.hpp"

namespace adjoint {

/// A file that no training can read.
struct BrokenFile {
  std::filesystem::path file;
  std::string reason;
};

/// A file of images that can be read.
struct SurveyedFile {
  std::filesystem::path path;
  Index pages = 1;
  Extent2 size;  // of the smallest page
};

/// What the images of a folder, or of one file, are like.
struct ImageSurvey {
  std::filesystem::path folder;  // or the file
  std::vector<SurveyedFile> files;
  std::vector<BrokenFile> broken;
  Index images = 0;    // pages of all files
  Index decoded = 0;   // files of which every pixel was read, to see whether they are whole
  double reading = 0;  // seconds that a thread needed to decode a file, in the mean
  Index stacks = 0;    // files with several pages
  Index classes = 0;   // folders that hold the files; 0: the folder itself
  Extent2 least, largest;
  std::map<std::string, Index> formats;  // files by their ending: "png"
  std::map<int, Index> bits;             // images by bits a channel
  Index coloured = 0;                    // images with three channels
  bool colours_differ = false;           // in a decoded one the three channels are not the same
  std::uint64_t cache_bytes = 0;         // of all images, as data.cache_mb counts them
  std::optional<double> white;           // where the numbers fill a part of their type's range
  std::optional<NoiseEstimate> noise;    // nothing could be measured: unset
  std::vector<std::string> not_read;     // folders and other files beside the images

  /// Whether models should see three channels.
  bool in_colour() const { return coloured > 0 && colours_differ; }
  bool one_size() const { return least == largest; }
  bool is_noisy() const { return noise && !noise->none() && !noise->clipped; }
};

/// Looks at all files' heads and decodes as many as a few seconds allow, evenly spaced. Throws
/// InputError if there are no images, or none that can be read.
ImageSurvey survey_images(const std::filesystem::path& folder, ThreadPool& pool);

/// Two folders in one that hold the same images, at least one of them noisy.
struct PairedFolders {
  std::string clean, noisy;  // names of the folders
  bool both_noisy = false;   // `clean` is then just the less noisy one
  ImageSurvey survey;        // of `clean`
};
/// Nothing if the folder holds anything else.
std::optional<PairedFolders> paired_folders(const std::filesystem::path& folder, ThreadPool& pool);

}  // namespace adjoint
