#include "framework/checkpoint/atomic_file.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class AtomicFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("atomic-") + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "file";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const {
    write_atomically(path_, {std::as_bytes(std::span(text))});
  }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t files_in_folder() const {
    return std::distance(std::filesystem::directory_iterator(folder_), {});
  }

  std::filesystem::path folder_;
  std::string path_;
};

// While it lives, no file may grow beyond `bytes`: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(AtomicFile, ReplacesTheEarlierFileAndLeavesNothingBeside) {
  write("one");
  write(std::string("two\0three", 9));
  EXPECT_EQ(content(), std::string("two\0three", 9));
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFile, KeepsTheEarlierFileWhenTheDiskIsFull) {
  write("one");
  {
    const FullDisk disk(4096);
    EXPECT_THAT([&] { write(std::string(10000, 'x')); },
                ThrowsMessage<RunError>(AllOf(HasSubstr(path_), HasSubstr("File too large"))));
  }
  EXPECT_EQ(content(), "one");
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFile, SaysWhichFolderCannotBeWritten) {
  write("one");
  EXPECT_THAT(
      [&] { write_atomically(path_ + "/below", {std::span<const std::byte>{}}); },
      ThrowsMessage<RunError>(AllOf(HasSubstr(path_ + "/below"), HasSubstr("Not a directory"))));
  EXPECT_THAT([&] { write_atomically(folder_ / "none" / "file", {std::span<const std::byte>{}}); },
              ThrowsMessage<RunError>(HasSubstr("No such file or directory")));
  EXPECT_EQ(content(), "one");
}

TEST_F(AtomicFile, DoesNotReplaceAFolder) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT([&] { write("one"); }, ThrowsMessage<RunError>(HasSubstr("Is a directory")));
  EXPECT_EQ(files_in_folder(), 1);
}

}  // namespace
}  // namespace adjoint
