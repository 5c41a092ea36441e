// Event files, read with a reader of records of the test's own and with protoc, the compiler of
// protocol buffers: tensorboard.proto tells it TensorBoard's fields.

#include <sys/resource.h>

#include <csignal>
#include <regex>

#include "datasets/folder.hpp"
#include "framework/tensor/error.hpp"
#include "tests/train/program.hpp"
#include "train/begin_run.hpp"
#include "train/tensorboard/crc32c.hpp"
#include "train/tensorboard/protobuf_message.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// CRC-32C bit by bit.
std::uint32_t slow_crc(const std::string& bytes) {
  std::uint32_t sum = ~0U;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one =
          ((sum ^ static_cast<unsigned>(static_cast<unsigned char>(c) >> bit)) & 1) != 0;
      sum = sum >> 1 ^ (one ? 0x82F63B78U : 0U);
    }
  }
  return ~sum;
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

/// The events of a file, whose checksums have to be right.
std::vector<std::string> records_in(const fs::path& file) {
  const std::string bytes = contents(file);
  const auto checked = [&](std::size_t at, const std::string& part) {
    const std::uint32_t sum = slow_crc(part);
    EXPECT_EQ(number_at(bytes, at, 4), (((sum >> 15) | (sum << 17)) + 0xa282ead8U) & 0xFFFFFFFFU);
  };
  std::vector<std::string> records;
  std::size_t at = 0;
  while (at + 16 <= bytes.size()) {
    const std::size_t length = number_at(bytes, at, 8);
    checked(at + 8, bytes.substr(at, 8));
    records.push_back(bytes.substr(at + 12, length));
    checked(at + 12 + length, records.back());
    at += 16 + length;
  }
  EXPECT_EQ(at, bytes.size());
  return records;
}

TEST(Crc32c, GivesPublishedSums) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
}

TEST(ProtobufMessage, HasTheWireFormat) {
  // The examples of protobuf.dev/programming-guides/encoding.
  EXPECT_EQ(ProtobufMessage().integer(1, 150).bytes(), "\x08\x96\x01");
  EXPECT_EQ(ProtobufMessage().text(2, "testing").bytes(), "\x12\x07testing");
  EXPECT_EQ(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).bytes(),
            "\x1a\x03\x08\x96\x01");
  EXPECT_EQ(ProtobufMessage().integer(1, -2).bytes(),
            "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(ProtobufMessage().number(1, 1.0).bytes(), std::string("\x09\0\0\0\0\0\0\xf0\x3f", 9));
  EXPECT_EQ(ProtobufMessage().number(2, -2.0F).bytes(), std::string("\x15\0\0\0\xc0", 5));
}

class EventFiles : public testing::Test {
 protected:
  /// The only file of a run, or the one of that place in the order of names.
  fs::path file(const std::string& run, std::size_t place = 0) const {
    const std::vector<fs::path> files = paths_in(folder_ / run);
    EXPECT_GT(files.size(), place);
    return files.at(place);
  }
  /// An event as text, as protoc prints it.
  std::string decoded(const std::string& record) const {
    const fs::path bytes = folder_.write("record", record);
    const ProgramRun run = run_program({"/bin/sh", "-c",
                                        "protoc --proto_path=" ADJOINT_TESTS_FOLDER
                                        " --decode=tensorboard.Event tensorboard.proto < \"$0\"",
                                        bytes.string()});
    EXPECT_EQ(run.status, 0) << run.err;
    // A field that it does not know has a number for a name.
    EXPECT_FALSE(std::regex_search(run.out, std::regex("(^|\n) *[0-9]+[:{ ]"))) << run.out;
    return run.out;
  }
  std::vector<std::string> decoded_file(const fs::path& file) const {
    std::vector<std::string> events;
    for (const std::string& record : records_in(file)) events.push_back(decoded(record));
    return events;
  }
  Trainer::Ending train(const std::string& out, int epochs, bool resume = false,
                        const std::string& logs = "logs") {
    RunRequest request{.folder = RunFolder(folder_ / out), .resume = resume};
    if (!logs.empty()) request.tensorboard = folder_ / logs;
    parse_config(kRandomConfig, "tiny.toml", {"training.epochs=" + std::to_string(epochs)},
                 request.source.config);
    if (resume) request.source.checkpoint = request.folder.checkpoint();
    TrainingObserver nothing;
    return begin_run(request, pool_).train(nothing, false);
  }
  static bool has_protoc() {
    return run_program({"/bin/sh", "-c", "command -v protoc"}).status == 0;
  }
  static constexpr const char* kNoProtoc =
      "no protoc to read event files with; install it with scripts/install-packages interop";

  TempFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(EventFiles, HoldATrainingAsTensorBoardReadsIt) {
  if (!has_protoc()) GTEST_SKIP() << kNoProtoc;
  train("run", 2);
  const History history = load_checkpoint((folder_ / "run/checkpoint.h5").string()).history;
  const auto scalar = [&](const std::string& tag, const std::string& column, std::size_t row) {
    const auto place = static_cast<std::size_t>(std::ranges::find(history.columns, column) -
                                                history.columns.begin());
    return fmt::format("  value {{\n    tag: \"{}\"\n    simple_value: {:.9g}", tag,
                       static_cast<float>(history.rows.at(row).at(place)));
  };
  const auto near = [](const std::string& event, const std::string& expected) {
    // protoc prints as few digits as tell a float from others.
    const std::size_t digits = expected.find("simple_value: ") + 14;
    const std::size_t at = event.find(expected.substr(0, digits));
    ASSERT_NE(at, std::string::npos) << event;
    EXPECT_EQ(std::stof(event.substr(at + digits)), std::stof(expected.substr(digits)));
  };
  const std::vector<std::string> training = decoded_file(file("logs/train"));
  ASSERT_EQ(training.size(), 5U);
  EXPECT_THAT(training[0], HasSubstr("file_version: \"brain.Event:2\""));
  EXPECT_THAT(training[1], AllOf(HasSubstr("step: 1\n"), HasSubstr("status: START")));
  for (const char* part :
       {"node {\n    name: \"input\"\n    op: \"Input\"",
        "name: \"enc1\"\n    op: \"Conv2D\"\n    input: \"input\"", "key: \"activation\"",
        "s: \"relu\"", "name: \"dec1\"\n    op: \"Conv2DTranspose\"\n    input: \"norm\"",
        "key: \"_output_shapes\"", "size: -1", "size: 16", "key: \"parameters\"", "s: \"40\""})
    EXPECT_THAT(training[2], HasSubstr(part));
  const std::vector<std::string> validation = decoded_file(file("logs/validation"));
  ASSERT_EQ(validation.size(), 6U);
  for (std::size_t epoch = 1; epoch <= 2; ++epoch) {
    const std::string step = "step: " + std::to_string(epoch) + "\n";
    const std::string& of_training = training[2 + epoch];
    EXPECT_THAT(of_training, HasSubstr(step));
    near(of_training, scalar("loss", "loss", epoch - 1));
    near(of_training, scalar("psnr", "psnr", epoch - 1));
    near(of_training, scalar("learning_rate", "learning_rate", epoch - 1));
    EXPECT_THAT(of_training, AllOf(Not(HasSubstr("seconds")), Not(HasSubstr("validation"))));
    const std::string& of_validation = validation[2 * epoch];
    EXPECT_THAT(of_validation, HasSubstr(step));
    near(of_validation, scalar("loss", "validation_loss", epoch - 1));
    near(of_validation, scalar("psnr", "validation_psnr", epoch - 1));
    near(of_validation, scalar("input_psnr", "input_psnr", epoch - 1));
    EXPECT_THAT(validation[2 * epoch + 1],
                AllOf(HasSubstr(step), HasSubstr("tag: \"samples\""), HasSubstr("colorspace: 1"),
                      HasSubstr("encoded_image_string: \"\\211PNG"),
                      HasSubstr("A row for each image: input, output, target.")));
  }
  // The picture is the run's, byte for byte.
  EXPECT_THAT(records_in(file("logs/validation")).back(),
              HasSubstr(contents(folder_ / "run/samples/epoch-0002.png")));
}

TEST_F(EventFiles, GoOnInAnotherFileThatVoidsLaterSteps) {
  if (!has_protoc()) GTEST_SKIP() << kNoProtoc;
  train("run", 2);
  train("run", 3, /*resume=*/true);
  const std::vector<std::string> events = decoded_file(file("logs/train", 1));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_THAT(events[1], AllOf(HasSubstr("step: 3\n"), HasSubstr("status: START")));
  EXPECT_THAT(events[3], AllOf(HasSubstr("step: 3\n"), HasSubstr("tag: \"loss\"")));
  EXPECT_EQ(records_in(file("logs/train", 0)).size(), 5U);
}

TEST_F(EventFiles, DoNotChangeATraining) {
  train("with", 3);
  train("without", 3, false, "");
  for (const char* name : {"checkpoint.h5", "best.h5"})
    expect_same_training(folder_ / "with" / name, folder_ / "without" / name);
}

TEST_F(EventFiles, EndBetweenRecordsWhereTheDiskIsFull) {
  std::signal(SIGXFSZ, SIG_IGN);
  EventFile events(folder_.path() / "logs", 1);
  events.add(1, {.scalars = {{"loss", 1.0}}});
  const auto size = fs::file_size(events.path());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{.rlim_cur = size + 20, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  std::string message;
  try {
    events.add(2, {.scalars = {{"loss", 2.0}, {"psnr", 3.0}}});
  } catch (const RunError& error) {
    message = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_THAT(message, AllOf(HasSubstr(events.path().string()), HasSubstr("File too large")));
  EXPECT_EQ(fs::file_size(events.path()), size);
  events.add(3, {.scalars = {{"loss", 4.0}}});
  EXPECT_EQ(records_in(events.path()).size(), 4U);
}

TEST_F(EventFiles, AreRefusedBeforeTheTrainingBegins) {
  folder_.write("logs", "a file");
  try {
    train("run", 1);
    FAIL() << "it trains";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("--tensorboard"), HasSubstr("name another folder")));
  }
  EXPECT_FALSE(fs::exists(folder_ / "run/config.toml"));
}

/// Fails when the second epoch is over.
struct Failing final : TrainingObserver {
  std::vector<std::string> warnings;
  void on_epoch_saved(const EpochReport& report) override {
    if (report.epoch >= 2) throw RunError("no space");
  }
  void on_warning(const TrainingWarning& warning) override { warnings.push_back(warning.text); }
};

TEST_F(EventFiles, ThatCannotBeWrittenAreAWarning) {
  RunRequest request{.folder = RunFolder(folder_ / "run")};
  parse_config(kRandomConfig, "tiny.toml", {}, request.source.config);
  Failing failing;
  BegunRun begun = begin_run(request, pool_);
  EXPECT_EQ(begun.train(failing, false), Trainer::Ending::finished);
  // Once, beside those about the model.
  EXPECT_EQ(std::ranges::count(failing.warnings, "no space; the training goes on"), 1);
  EXPECT_EQ(begun.trainer->progress().epoch, 3);
}

class TensorBoardOption : public Program {};

TEST_F(TensorBoardOption, WritesBothRuns) {
  folder_.write("tiny.toml", kRandomConfig);
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--tensorboard", "logs/tiny"});
  for (const char* run : {"logs/tiny/train", "logs/tiny/validation"}) {
    const std::vector<fs::path> files = paths_in(folder_ / run);
    ASSERT_EQ(files.size(), 1U);
    EXPECT_THAT(files[0].filename().string(),
                testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]+\\..+"));
    records_in(files[0]);
  }
  EXPECT_THAT(message({"train", "tiny.toml", "--out", "other", "--tensorboard", "tiny.toml"}, 2),
              HasSubstr("--tensorboard tiny.toml"));
}

}  // namespace
}  // namespace adjoint
