#include "framework/storage/hdf5_file.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class Hdf5 : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = testing::TempDir() + "hdf5-" + test->name() + ".h5";
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Hdf5File written(const std::function<void(Hdf5File&)>& fill) const {
    write_atomically(path_, fill);
    return Hdf5File::open(path_);
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void set_bytes(const std::string& bytes) const {
    std::filesystem::remove(path_);  // overwriting in place waits for the disk
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  std::string path_;
};

Tensor counting(const Shape& shape) {
  Tensor tensor = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i) tensor.data()[i] = static_cast<Real>(i) + Real(0.25);
  return tensor;
}

TEST_F(Hdf5, GivesBackWhatWasWritten) {
  const Tensor kernel = counting({3, 2, 1, 4});
  const std::vector<double> losses{0.1, 1e-300, -3};
  const std::vector<std::int64_t> steps{1, std::int64_t{1} << 60};
  const Hdf5File file = written([&](Hdf5File& out) {
    out.write("weights/conv/kernel:0", view(kernel));
    out.write("history/loss", losses);
    out.write("history/step", steps);
    out.write("history/none", std::vector<double>{});
    out.make_group("weights/flatten");
  });
  EXPECT_EQ(file.shape("weights/conv/kernel:0"), (Shape{3, 2, 1, 4}));
  EXPECT_EQ(file.read("/weights/conv/kernel:0"), kernel);
  EXPECT_EQ(file.read_doubles("history/loss"), losses);
  EXPECT_EQ(file.read_integers("history/step"), steps);
  EXPECT_THAT(file.read_doubles("history/none"), IsEmpty());
  EXPECT_THAT(file.list("/"), ElementsAre("history", "weights"));
  EXPECT_THAT(file.list("weights"), ElementsAre("conv", "flatten"));
  EXPECT_THAT(file.list("weights/flatten"), IsEmpty());
  EXPECT_TRUE(file.is_group("weights/conv"));
  EXPECT_FALSE(file.is_group("weights/conv/kernel:0"));
  EXPECT_FALSE(file.is_group("weights/none"));
  EXPECT_TRUE(file.exists(""));
  EXPECT_FALSE(file.exists("weights/none/kernel:0"));
}

TEST_F(Hdf5, KeepsAttributes) {
  const std::string config(200 * 1024, 'c');
  std::vector<std::string> names(5000, "layer");
  names.back() = "a_layer_with_a_longer_name";  // 130 KB: beyond an object header
  const Hdf5File file = written([&](Hdf5File& out) {
    out.make_group("weights");
    out.write_text("/", "model_config", config);
    out.write_text("/", "name", "débruitage");
    out.write_text("/", "empty", "");
    out.write_texts("weights", "layer_names", names);
    out.write_texts("weights", "weight_names", {});
    out.write_integer("weights", "epoch", -7);
    out.write_number("weights", "best", 0.1);
  });
  EXPECT_EQ(file.read_text("/", "model_config"), config);
  EXPECT_EQ(file.read_text("/", "name"), "débruitage");
  EXPECT_EQ(file.read_text("/", "empty"), "");
  EXPECT_EQ(file.read_texts("weights", "layer_names"), names);
  EXPECT_THAT(file.read_texts("weights", "weight_names"), IsEmpty());
  EXPECT_EQ(file.read_integer("weights", "epoch"), -7);
  EXPECT_EQ(file.read_number("weights", "epoch"), -7.0);
  EXPECT_EQ(file.read_number("weights", "best"), 0.1);
  EXPECT_TRUE(file.has_attribute("weights", "best"));
  EXPECT_FALSE(file.has_attribute("weights", "worst"));
}

TEST_F(Hdf5, StoresALinkedDatasetOnce) {
  const Tensor kernel = counting({64, 1024});
  const Hdf5File file = written([&](Hdf5File& out) {
    out.write("enc/kernel", view(kernel));
    out.hard_link("enc/kernel", "dec/kernel");
  });
  EXPECT_EQ(file.read("dec/kernel"), kernel);
  EXPECT_LT(std::filesystem::file_size(path_), 64 * 1024 * sizeof(Real) * 3 / 2);
}

TEST_F(Hdf5, SplitsALargeDatasetIntoChunks) {
  const Tensor large = counting({3, 17, 1024, 512});
  EXPECT_TRUE(written([&](Hdf5File& out) { out.write("large", view(large)); }).read("large") ==
              large);
}

TEST_F(Hdf5, SaysWhatIsNotThereOrIsSomethingElse) {
  const Hdf5File file = written([&](Hdf5File& out) {
    out.write("group/losses", std::vector<double>{1.5});
    out.write_text("/", "name", "denoiser");
  });
  EXPECT_THAT([&] { file.read("group/kernel"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("'/group/kernel'"))));
  EXPECT_THAT([&] { file.read("group"); }, ThrowsMessage<InputError>(HasSubstr("not a dataset")));
  EXPECT_THAT([&] { file.list("group/losses"); },
              ThrowsMessage<InputError>(HasSubstr("not a group")));
  EXPECT_THAT([&] { file.read_integers("group/losses"); },
              ThrowsMessage<InputError>(HasSubstr("does not hold integers")));
  EXPECT_THAT([&] { file.read_text("/", "title"); },
              ThrowsMessage<InputError>(HasSubstr("no attribute 'title'")));
  EXPECT_THAT([&] { file.read_number("/", "name"); },
              ThrowsMessage<InputError>(HasSubstr("not one number")));
}

TEST_F(Hdf5, KeepsTheEarlierFileWhenFillingFails) {
  written([](Hdf5File& out) { out.write("losses", std::vector<double>{1}); });
  const std::string before = bytes();
  EXPECT_THAT(
      [&] {
        write_atomically(path_, [](Hdf5File& out) {
          out.write("losses", std::vector<double>{2});
          throw RunError("loss is not a number");
        });
      },
      ThrowsMessage<RunError>("loss is not a number"));
  EXPECT_THAT(
      [&] {
        written([](Hdf5File& out) {
          out.write("losses", std::vector<double>{2});
          out.write("losses", std::vector<double>{3});
        });
      },
      ThrowsMessage<RunError>(AllOf(HasSubstr(path_), HasSubstr("'/losses'"))));
  EXPECT_EQ(bytes(), before);
}

TEST_F(Hdf5, DoesNotReplaceAFileThatHoldsOtherDatasets) {
  written([](Hdf5File& out) {
    out.write("a/losses", std::vector<double>{1});
    out.write("images", std::vector<double>{2});
  });
  const std::string before = bytes();
  const auto write_images = [&] {
    written([](Hdf5File& out) { out.write("images", std::vector<double>{3}); });
  };
  EXPECT_THAT(write_images,
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("/a/losses"))));
  EXPECT_THAT([&] { check_replaceable(path_, {"images"}); }, testing::Throws<InputError>());
  EXPECT_EQ(bytes(), before);
  check_replaceable(path_, {"/a/losses", "images", "more"});
  written([](Hdf5File& out) {
    out.write("a/losses", std::vector<double>{4});
    out.write("images", std::vector<double>{5});
    out.write("more", std::vector<double>{6});
  });
  EXPECT_THAT(Hdf5File::open(path_).read_doubles("images"), ElementsAre(5));
}

TEST_F(Hdf5, ReplacesACheckpointByACheckpointAlone) {
  const auto checkpoint = [](const char* dataset) {
    return [=](Hdf5File& out) {
      out.make_group("adjoint");
      out.write_integer("adjoint", "schema_version", 1);
      out.write(dataset, std::vector<double>{1});
    };
  };
  written([](Hdf5File& out) { out.write("images", std::vector<double>{1}); });
  const std::string arrays = bytes();
  EXPECT_THAT([&] { written(checkpoint("adjoint/a")); }, testing::Throws<InputError>());
  EXPECT_EQ(bytes(), arrays);

  std::filesystem::remove(path_);
  written(checkpoint("adjoint/a"));
  written(checkpoint("adjoint/b"));
  const std::string saved = bytes();
  EXPECT_THAT([&] { written([](Hdf5File& out) { out.write("b", std::vector<double>{1}); }); },
              ThrowsMessage<InputError>(HasSubstr("a checkpoint")));
  EXPECT_EQ(bytes(), saved);
  set_bytes(saved.substr(0, saved.size() / 2));  // damaged, and the training goes on
  written(checkpoint("adjoint/c"));
  EXPECT_TRUE(Hdf5File::open(path_).exists("adjoint/c"));
}

TEST_F(Hdf5, NamesTheDatasetWhoseChecksumIsWrong) {
  const std::vector<double> marker{1.2345, 2.3456};
  written([&](Hdf5File& out) {
    out.write("a/good", std::vector<double>{1});
    out.write("a/losses", marker);
  });
  std::string damaged = bytes();
  std::string stored(sizeof(double), '\0');
  std::memcpy(stored.data(), &marker[1], sizeof(double));
  const std::size_t at = damaged.find(stored);
  ASSERT_NE(at, std::string::npos);
  damaged[at + 6] = static_cast<char>(damaged[at + 6] ^ 1);
  set_bytes(damaged);
  const Hdf5File file = Hdf5File::open(path_);
  EXPECT_THAT(file.read_doubles("a/good"), ElementsAre(1));
  EXPECT_THAT([&] { file.read_doubles("a/losses"); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr(path_), HasSubstr("'/a/losses'"), HasSubstr("checksum"))));
}

TEST_F(Hdf5, NeverReadsATruncatedFile) {
  written([](Hdf5File& out) { out.write("losses", std::vector<double>(1000, 0.5)); });
  const std::string whole = bytes();
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 50) {
    set_bytes(whole.substr(0, size));
    EXPECT_THAT([&] { Hdf5File::open(path_); }, ThrowsMessage<InputError>(HasSubstr(path_)))
        << size;
  }
}

TEST_F(Hdf5, AByteThatChangedIsNeverMistakenForContent) {
  const std::vector<double> losses(40, 0.5);
  written([&](Hdf5File& out) {
    out.write("a/losses", losses);
    out.write_text("a", "config", "seed = 7");
    out.write_texts("a", "names", {"enc", "dec"});
  });
  const std::string whole = bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x24);
    set_bytes(damaged);
    try {
      const Hdf5File file = Hdf5File::open(path_);
      EXPECT_EQ(file.read_doubles("a/losses"), losses) << "byte " << at;
      EXPECT_EQ(file.read_text("a", "config"), "seed = 7") << "byte " << at;
      EXPECT_THAT(file.read_texts("a", "names"), ElementsAre("enc", "dec")) << "byte " << at;
    } catch (const InputError&) {
    }
  }
}

TEST_F(Hdf5, SaysWhichFileIsMissingOrIsNotHdf5) {
  EXPECT_THAT(
      [&] { Hdf5File::open(path_); },
      ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("No such file or directory"))));
  set_bytes("kernel = 3\n");
  EXPECT_THAT([&] { Hdf5File::open(path_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("not an HDF5 file"))));
  EXPECT_THROW(Hdf5File::open(testing::TempDir()), InputError);
}

// Files of other programs: Keras 2.3 wrote byte strings of one length, Keras 2.12 variable ones.
TEST_F(Hdf5, ReadsFilesOfKeras) {
  const char* data = std::getenv("ADJOINT_DATA");
  if (!data) GTEST_SKIP() << "ADJOINT_DATA names no folder";
  const std::string folder = std::string(data) + "/keras-models/";
  const Hdf5File older = Hdf5File::open(folder + "carlosnatalino-ae614-k2.3.h5");
  EXPECT_THAT(older.read_texts("model_weights", "layer_names"), testing::Contains("conv2d_7"));
  EXPECT_THAT(older.read_texts("model_weights/conv2d_7", "weight_names"),
              ElementsAre("conv2d_7/kernel:0", "conv2d_7/bias:0"));
  EXPECT_THAT(older.read_texts("model_weights/max_pooling2d", "weight_names"), IsEmpty());
  EXPECT_EQ(older.shape("model_weights/conv2d_7/conv2d_7/kernel:0"), (Shape{6, 6, 1, 16}));

  const Hdf5File newer = Hdf5File::open(folder + "qusai-28x280-convT.h5");
  EXPECT_EQ(newer.read_text("/", "keras_version"), "2.12.0");
  EXPECT_THAT(newer.read_text("/", "model_config"), HasSubstr("\"class_name\": \"Sequential\""));
  EXPECT_THAT(newer.read_texts("model_weights", "layer_names"),
              testing::Contains("conv2d_transpose"));
  const Tensor kernel = newer.read("model_weights/conv2d_transpose_1/conv2d_transpose_1/kernel:0");
  EXPECT_EQ(shape_of(kernel), (Shape{3, 3, 32, 64}));
  EXPECT_GT(newer.read_integers("optimizer_weights/iteration:0").at(0), 0);
}

}  // namespace
}  // namespace adjoint
