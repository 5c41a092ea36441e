#include "datasets/data_spec.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/npy.hpp"
#include "datasets/sources/idx_dataset.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "datasets/sources/synthetic_dataset.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/support/kinds.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

DataSpec parse(const std::string& toml) {
  DataSpec spec;
  parse_config(toml, "test.toml", {}, spec);
  return spec;
}

void expect_error(const std::string& toml, const testing::Matcher<const std::string&>& message) {
  EXPECT_THAT([&] { parse(toml); }, ThrowsMessage<InputError>(message));
}

void write_constant(const std::filesystem::path& path, const Shape& shape, Real value) {
  const Tensor array = make_tensor(shape, value);
  write_npy(path, view(array));
}

/// Sets ADJOINT_DATA for one test.
class DataVariable {
 public:
  explicit DataVariable(const char* value) {
    if (const char* before = std::getenv("ADJOINT_DATA")) before_ = before;
    set(value);
  }
  ~DataVariable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  static void set(const char* value) {
    value ? ::setenv("ADJOINT_DATA", value, 1) : ::unsetenv("ADJOINT_DATA");
  }
  std::optional<std::string> before_;
};

TEST(Sources, AreMadeFromTheirRows) {
  expect_kinds_read_back<SourceFamily>([](const Choice<SourceFamily>& source) {
    const SourceFamily::Traits& has = source.kind().traits;
    // A source that reads files names the path if nothing is there.
    const auto open = [&] { source.make(SourcePlace{.path = "/no/such/place"}); };
    if (has.stored || source.name() == "parts")
      EXPECT_THROW(open(), InputError);
    else
      EXPECT_GT(source.make(SourcePlace{.path = ""})->size(), 0);
  });
}

TEST(DataSpec, ReadsTheKeysOfItsSource) {
  const DataSpec idx = parse("source = 'idx'\npath = 'x'\nwhich = 'test'\nvalidation = 0.25");
  EXPECT_EQ(idx.source.as<IdxSource>()->which, FileSet::test);
  EXPECT_EQ(idx.validation, 0.25);
  const DataSpec images = parse(
      "source = 'images'\npath = 'x'\ncrop = [9, 8]\npatches = 4\npatches_per_image = 3\n"
      "channels = 'gray'\nvalidation_path = 'y'\ncache_mb = 3");
  const auto folder = *images.source.as<ImageFolderSpec>();
  EXPECT_EQ(folder.crop, (Extent2{9, 8}));
  EXPECT_EQ(folder.patches, (Extent2{4, 4}));
  EXPECT_FALSE(folder.resize);
  EXPECT_EQ(images.validation_path, "y");
  EXPECT_EQ(images.cache_mb, 3);
  const DataSpec made = parse("source = 'synthetic'\nsize = [20, 30]\nchannels = 3");
  const auto synthetic = *made.source.as<SyntheticSpec>();
  EXPECT_EQ(synthetic.size, (Extent2{20, 30}));
  EXPECT_EQ(synthetic.channels, 3);
}

TEST(DataSpec, ReadsBackWhatItWrites) {
  const DataSpec spec = parse(
      "source = 'images'\npath = 'x'\npatches = [5, 6]\nlimit = 7\n"
      "classes = [3, 'bolt', '07']");
  const std::string text = write_config(spec);
  const DataSpec again = parse(text);
  EXPECT_EQ(write_config(again), text);
  EXPECT_EQ(again.source.as<ImageFolderSpec>()->patches, (Extent2{5, 6}));
  EXPECT_THAT(text, HasSubstr("classes = [3, \"bolt\", \"07\"]"));
  EXPECT_THAT(again.classes.names, testing::ElementsAre("3", "bolt", "07"));
  EXPECT_EQ(again.limit, 7);
}

TEST(DataSpec, RefusesKeysOfOtherSources) {
  expect_error("source = 'idx'\npath = 'x'\ncrop = 4", HasSubstr("crop"));
  expect_error("source = 'synthetic'\npath = 'x'", HasSubstr("path"));
  expect_error("source = 'npy'\npath = 'x'\nclasses = [1]", HasSubstr("unknown key \"classes\""));
  expect_error("source = 'idx'\npath = 'x'\nclasses = [1.5]", HasSubstr("a list of labels"));
  expect_error("source = 'images'\npath = 'x'\npatches_per_image = 4",
               HasSubstr("patches_per_image"));
  expect_error("source = 'npy'\npath = 'x'\nvalidation_path = 'y'\nvalidation = 0.1",
               HasSubstr("validation"));
}

TEST(DataSpec, RefusesImpossibleValues) {
  expect_error("path = 'x'", HasSubstr("source"));
  expect_error("source = 'idx'", HasSubstr("path"));
  expect_error("source = 'image'\npath = 'x'", HasSubstr("images"));
  expect_error("source = 'npy'\npath = 'x'\nvalidation = 1.0", HasSubstr("below 1"));
  expect_error("source = 'images'\npath = 'x'\nresize = [0, 4]", HasSubstr("at least 1"));
  expect_error("source = 'synthetic'\nchannels = 2", HasSubstr("1 or 3"));
  expect_error("source = 'synthetic'\nstyle = 'shape'", HasSubstr("shapes"));
}

TEST(FindData, LooksBesideTheConfigThenInAdjointData) {
  const TempFolder config;
  const TempFolder data;
  const DataVariable variable(data.path().c_str());
  data.write("both", "");
  data.write("there", "");
  config.write("both", "");
  EXPECT_EQ(find_data("both", config.path()), config / "both");
  EXPECT_EQ(find_data("there", config.path()), data / "there");
  EXPECT_EQ(find_data(data / "there", config.path()), data / "there");
  EXPECT_THAT([&] { find_data("none", config.path()); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("'none'"), HasSubstr("'" + config.path().string() + "'"),
                        HasSubstr("'" + data.path().string() + "'"), HasSubstr("ADJOINT_DATA"))));
}

TEST(FindData, SaysThatAdjointDataIsNotSet) {
  const DataVariable variable(nullptr);
  EXPECT_THAT([] { find_data("none", ""); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("in '.' (beside the config)"),
                                              HasSubstr("ADJOINT_DATA is not set"))));
}

TEST(OpenData, OpensEverySource) {
  const TempFolder folder;
  folder.write("idx", {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x01xy", 18});
  folder.write("a.png", png_bytes({.width = 2, .rows = "ab"}));
  write_constant(folder / "a.npy", {3, 4, 5}, 0);
  const auto open = [&](const std::string& toml) {
    return open_dataset(parse(toml), 1, folder.path());
  };
  EXPECT_EQ(open("source = 'idx'\npath = 'idx'")->size(), 2);
  EXPECT_EQ(open("source = 'images'\npath = '.'")->shape(), (Shape{1, 2, 1}));
  EXPECT_EQ(open("source = 'npy'\npath = 'a.npy'")->shape(), (Shape{4, 5, 1}));
  EXPECT_EQ(open("source = 'synthetic'\ncount = 9")->size(), 9);
  EXPECT_EQ(open("source = 'synthetic'\ncount = 9\nlimit = 4")->size(), 4);
}

TEST(OpenData, CountsTheLimitAfterChoosingClasses) {
  const TempFolder folder;
  folder.write("a-images-idx3-ubyte", {"\0\0\x08\x03\0\0\0\x05\0\0\0\x01\0\0\0\x01vwxyz", 21});
  folder.write("a-labels-idx1-ubyte", {"\0\0\x08\x01\0\0\0\x05\x01\x02\x01\x02\x02", 13});
  const std::string toml = "source = 'idx'\npath = 'a-images-idx3-ubyte'\nclasses = [2]\nlimit = ";
  for (const Index limit : {0, 2}) {
    const DatasetPtr data = open_dataset(parse(toml + std::to_string(limit)), 1, folder.path());
    ASSERT_EQ(data->size(), limit == 0 ? 3 : 2);
    EXPECT_EQ(sample_of(*data, 1)(0, 0, 0), Real{'y'} / 255);
    EXPECT_EQ(data->label(1), 2);
  }
}

TEST(OpenData, SplitsByFractionOrByPath) {
  const TempFolder folder;
  write_constant(folder / "train.npy", {10, 2, 2}, 0);
  write_constant(folder / "other.npy", {3, 2, 2}, 1);
  write_constant(folder / "large.npy", {3, 4, 4}, 1);
  DataSpec spec = parse("source = 'npy'\npath = 'train.npy'\nvalidation = 0.2");
  const Split by_fraction = open_split(spec, 1, folder.path());
  EXPECT_EQ(by_fraction.train->size(), 8);
  EXPECT_EQ(by_fraction.validation->size(), 2);
  spec.validation_path = "other.npy";
  const Split by_path = open_split(spec, 1, folder.path());
  EXPECT_EQ(by_path.train->size(), 10);
  EXPECT_EQ(sample_of(*by_path.validation, 2)(0, 0, 0), 1);
  spec.validation_path = "large.npy";
  EXPECT_THAT([&] { open_split(spec, 1, folder.path()); },
              ThrowsMessage<InputError>(HasSubstr("4x4x1, the training images are 2x2x1")));
}

}  // namespace
}  // namespace adjoint
