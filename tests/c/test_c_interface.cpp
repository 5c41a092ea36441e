#include <adjoint/adjoint.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/run_program.hpp"
#include "tests/support/temp_folder.hpp"

extern "C" int status_of_a_missing_file(void);

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Shape4 = std::vector<std::int64_t>;

constexpr const char* kAutoencoder = R"(
name = "c"
[data]
source = "synthetic"
size = 16
count = 64
validation = 0.5
[model]
input = [0, 0, 1]
latent = "down"
[[model.layer]]
name = "down"
type = "Conv2D"
filters = 4
kernel_size = 4
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "up"
type = "Conv2DTranspose"
filters = 1
kernel_size = 4
strides = 2
padding = "same"
[training]
epochs = 1
batch_size = 16
samples = 0
)";

std::size_t elements(const Shape4& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

/// The floats of a .npy file, without its header.
std::vector<float> read_floats(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  const std::string text = bytes.str();
  std::uint16_t header = 0;
  std::memcpy(&header, text.data() + 8, 2);
  const std::size_t start = 10 + header;
  std::vector<float> floats((text.size() - start) / sizeof(float));
  std::memcpy(floats.data(), text.data() + start, floats.size() * sizeof(float));
  return floats;
}

/// A model that was trained for a moment, its images, and the C interface beside the program.
class CInterface : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder();
    folder_->write("c.toml", kAutoencoder);
    run({"train", "c.toml", "--out", "run"});
    run({"data", "make", "shapes", "-n", "5", "--size", "24", "-o", "in.npy"});
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ADJOINT_PROGRAM);
    const ProgramRun run = run_program(arguments, {.folder = folder_->path()});
    EXPECT_EQ(run.status, 0) << run.err;
    return run.out;
  }

  void SetUp() override {
    ASSERT_EQ(adjoint_load((*folder_ / "run").c_str(), nullptr, &model_), ADJOINT_OK)
        << adjoint_last_error();
    images_ = read_floats(*folder_ / "in.npy");
    ASSERT_EQ(images_.size(), elements(shape_));
  }
  void TearDown() override { adjoint_free(model_); }

  static TempFolder* folder_;
  adjoint_model* model_ = nullptr;
  Shape4 shape_{5, 24, 24, 1};
  std::vector<float> images_;
};

TempFolder* CInterface::folder_ = nullptr;

TEST_F(CInterface, DenoisesToTheProgramsBits) {
  run({"denoise", "run/best.h5", "in.npy", "-o", "out.npy"});
  Shape4 output(4);
  ASSERT_EQ(adjoint_output_shape(model_, shape_.data(), output.data()), ADJOINT_OK);
  EXPECT_EQ(output, shape_);
  std::vector<float> clean(images_.size(), std::numeric_limits<float>::quiet_NaN());
  ASSERT_EQ(adjoint_denoise(model_, images_.data(), shape_.data(), clean.data(), clean.size()),
            ADJOINT_OK)
      << adjoint_last_error();
  EXPECT_EQ(clean, read_floats(*folder_ / "out.npy"));
  EXPECT_STREQ(adjoint_last_error(), "");
  EXPECT_STREQ(adjoint_last_warning(), "");
}

TEST_F(CInterface, EncodesAndDecodesToTheProgramsBits) {
  run({"encode", "run/best.h5", "in.npy", "-o", "codes.npy"});
  run({"decode", "run/best.h5", "codes.npy", "-o", "decoded.npy"});
  std::int64_t code[ADJOINT_MAX_AXES];
  int axes = 0;
  ASSERT_EQ(adjoint_code_shape(model_, 24, 24, code, &axes), ADJOINT_OK);
  ASSERT_EQ(Shape4(code, code + axes), (Shape4{12, 12, 4}));
  std::vector<float> codes(5 * 12 * 12 * 4), images(images_.size());
  ASSERT_EQ(adjoint_encode(model_, images_.data(), shape_.data(), codes.data(), codes.size()),
            ADJOINT_OK);
  EXPECT_EQ(codes, read_floats(*folder_ / "codes.npy"));
  ASSERT_EQ(adjoint_decode(model_, codes.data(), codes.size(), shape_.data(), images.data(),
                           images.size()),
            ADJOINT_OK)
      << adjoint_last_error();
  EXPECT_EQ(images, read_floats(*folder_ / "decoded.npy"));
}

TEST_F(CInterface, FlagsWhatIsAboveTheThreshold) {
  std::vector<double> scores(5);
  std::vector<std::uint8_t> flags(5, 9);
  std::vector<float> maps(images_.size(), -1);
  images_[2 * 24 * 24 + 7] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_EQ(adjoint_detect(model_, images_.data(), shape_.data(), scores.data(), flags.data(),
                           maps.data()),
            ADJOINT_OK)
      << adjoint_last_error();
  double threshold = 0;
  ASSERT_EQ(adjoint_threshold(model_, &threshold), ADJOINT_OK);
  EXPECT_GT(threshold, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(std::isnan(scores[i]), i == 2);
    EXPECT_EQ(flags[i], i == 2 || scores[i] > threshold) << i;
  }
  EXPECT_TRUE(std::ranges::none_of(maps, [](float x) { return x < 0; }));
  std::vector<double> again(5);
  ASSERT_EQ(adjoint_detect(model_, images_.data(), shape_.data(), again.data(), nullptr, nullptr),
            ADJOINT_OK);
  EXPECT_EQ(again[4], scores[4]);
}

TEST_F(CInterface, TellsMistakesWithAStatusAndAMessage) {
  std::vector<float> clean(images_.size());
  const auto denoise = [&](const float* images, const Shape4& shape, std::size_t room) {
    return adjoint_denoise(model_, images, shape.data(), clean.data(), room);
  };
  EXPECT_EQ(denoise(images_.data(), shape_, clean.size() - 1), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), AllOf(HasSubstr("2880"), HasSubstr("2879")));
  EXPECT_EQ(denoise(nullptr, shape_, clean.size()), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), HasSubstr("images: expected a pointer"));
  EXPECT_EQ(denoise(images_.data(), {5, 24, 0, 1}, clean.size()), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), HasSubstr("{5, 24, 0, 1}"));
  EXPECT_EQ(adjoint_denoise(nullptr, images_.data(), shape_.data(), clean.data(), clean.size()),
            ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), HasSubstr("model: expected a pointer"));
  EXPECT_EQ(adjoint_decode(model_, clean.data(), 7, shape_.data(), clean.data(), clean.size()),
            ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), AllOf(HasSubstr("codes: expected 2880"), HasSubstr("got 7")));
  EXPECT_EQ(denoise(images_.data(), shape_, clean.size()), ADJOINT_OK);
  EXPECT_STREQ(adjoint_last_error(), "");
}

TEST_F(CInterface, WarnsOfValuesFarFromTheModels) {
  for (float& x : images_) x *= 255;
  std::vector<float> clean(images_.size());
  EXPECT_EQ(adjoint_denoise(model_, images_.data(), shape_.data(), clean.data(), clean.size()),
            ADJOINT_OK);
  EXPECT_THAT(adjoint_last_warning(), HasSubstr("divide the pixels by 255"));
}

TEST_F(CInterface, TakesTurnsAmongTheCallersThreads) {
  std::vector<float> alone(images_.size());
  ASSERT_EQ(adjoint_denoise(model_, images_.data(), shape_.data(), alone.data(), alone.size()),
            ADJOINT_OK);
  std::vector<std::vector<float>> results(4, std::vector<float>(images_.size()));
  std::vector<std::string> errors(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      adjoint_denoise(model_, images_.data(), shape_.data(), results[i].data(), i ? 2880 : 1);
      errors[i] = adjoint_last_error();  // each thread has its own
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(errors[0], HasSubstr("expected room"));
  for (std::size_t i = 1; i < results.size(); ++i) {
    EXPECT_EQ(errors[i], "");
    EXPECT_EQ(results[i], alone);
  }
}

TEST(CLibrary, LoadsNothingThatIsNoModel) {
  EXPECT_EQ(status_of_a_missing_file(), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), HasSubstr("no/such/file.h5"));
  adjoint_model* model = nullptr;
  adjoint_options options{4, 0, 0};
  EXPECT_EQ(adjoint_load("x.h5", &options, &model), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), HasSubstr("options.struct_size"));
  options = {sizeof options, -1, 0};
  EXPECT_EQ(adjoint_load("x.h5", &options, &model), ADJOINT_INPUT_ERROR);
  EXPECT_THAT(adjoint_last_error(), AllOf(HasSubstr("options.threads"), HasSubstr("got -1")));
  EXPECT_EQ(model, nullptr);
  EXPECT_EQ(adjoint_abi_version(), ADJOINT_ABI_VERSION);
}

// Another C++ program may hold another version of the same classes.
TEST(CLibrary, ShowsItsOwnFunctionsAlone) {
  const ProgramRun run =
      run_program({ADJOINT_NM, "--dynamic", "--defined-only", "--format=posix", ADJOINT_C_LIBRARY});
  ASSERT_EQ(run.status, 0) << run.err;
  std::istringstream lines(run.out);
  int functions = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string symbol = line.substr(0, line.find_first_of(" @"));
    if (symbol == "ADJOINT_1") continue;
    EXPECT_TRUE(symbol.starts_with("adjoint_")) << symbol;
    ++functions;
  }
  EXPECT_EQ(functions, 14);
}

}  // namespace
}  // namespace adjoint
