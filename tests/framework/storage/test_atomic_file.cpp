#include "framework/storage/atomic_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "framework/storage/file_kind.hpp"
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

  void write(const std::string& text) const { write(path_, text); }
  static void write(const std::string& path, const std::string& text) {
    write_atomically(path, {std::as_bytes(std::span(text))});
  }
  std::string content() const { return content(path_); }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static struct stat look_at(const std::string& path) {
    struct stat file {};
    EXPECT_EQ(::lstat(path.c_str(), &file), 0) << path;
    return file;
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
                ThrowsMessage<RunError>(AllOf(HasSubstr(path_), HasSubstr("File too large"),
                                              HasSubstr("the earlier file is as it was"))));
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

TEST_F(AtomicFile, KeepsSymbolicLinks) {
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::create_symlink("elsewhere/target", path_);
  std::filesystem::create_symlink(path_, folder_ / "to-the-link");
  write("made");  // the link's target does not exist yet
  write((folder_ / "to-the-link").string(), "replaced");
  EXPECT_TRUE(S_ISLNK(look_at(path_).st_mode));
  EXPECT_TRUE(S_ISLNK(look_at(folder_ / "to-the-link").st_mode));
  EXPECT_TRUE(S_ISREG(look_at(folder_ / "elsewhere/target").st_mode));
  EXPECT_EQ(content(folder_ / "elsewhere/target"), "replaced");
  EXPECT_EQ(files_in_folder(), 3);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "elsewhere"), {}), 1);
}

TEST_F(AtomicFile, RefusesLinksInACircle) {
  std::filesystem::create_symlink("b", folder_ / "a");
  std::filesystem::create_symlink("a", folder_ / "b");
  EXPECT_THAT([&] { write((folder_ / "a").string(), "one"); },
              ThrowsMessage<RunError>(HasSubstr("Too many levels of symbolic links")));
}

TEST_F(AtomicFile, WritesIntoAPipe) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const std::string text(200000, 'x');  // more than a pipe holds
  std::string read;
  std::thread reader([&] { read = content(); });
  write(text);
  reader.join();
  EXPECT_EQ(read, text);
  EXPECT_TRUE(S_ISFIFO(look_at(path_).st_mode));
}

TEST_F(AtomicFile, WritesToDevices) {
  std::filesystem::create_symlink("/dev/null", folder_ / "null");
  std::filesystem::create_symlink("/dev/full", folder_ / "full");
  write(folder_ / "null", "one");
  EXPECT_TRUE(S_ISCHR(look_at("/dev/null").st_mode));
  EXPECT_THAT([&] { write(folder_ / "full", "one"); },
              ThrowsMessage<RunError>(HasSubstr("No space left on device")));
  EXPECT_TRUE(S_ISCHR(look_at("/dev/full").st_mode));
}

TEST_F(AtomicFile, WritesToStandardOutputWhereItGoes) {
  const int before = ::dup(STDOUT_FILENO);
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::close(file);
  EXPECT_EQ(::write(STDOUT_FILENO, "one ", 4), 4);
  write("/dev/stdout", "two ");
  EXPECT_EQ(::write(STDOUT_FILENO, "three", 5), 5);
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  EXPECT_EQ(content(), "one two three");
  EXPECT_TRUE(S_ISLNK(look_at("/dev/stdout").st_mode));
}

TEST_F(AtomicFile, KeepsTheModeAndTakesThatOfNewFilesFromTheUmask) {
  const mode_t mask = ::umask(027);
  write("one");
  EXPECT_EQ(look_at(path_).st_mode & 07777, 0640U);
  for (const mode_t mode : {0600U, 0664U, 0755U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    write("two");
    EXPECT_EQ(look_at(path_).st_mode & 07777, mode);
  }
  ::umask(mask);
}

TEST_F(AtomicFile, KeepsTheOwner) {
  write("one");
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  ASSERT_EQ(::chown(path_.c_str(), 12345, 23456), 0);
  write("two");
  EXPECT_EQ(look_at(path_).st_uid, 12345U);
  EXPECT_EQ(look_at(path_).st_gid, 23456U);
}

TEST_F(AtomicFile, DoesNotReplaceAFileThatIsProtected) {
  write("one");
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0) {  // who may write everything
    ASSERT_EQ(::chown(path_.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::chown(folder_.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  EXPECT_THAT([&] { write("two"); },
              ThrowsMessage<RunError>(AllOf(HasSubstr(path_), HasSubstr("protected"))));
  ASSERT_EQ(::seteuid(::getuid()), 0);
  EXPECT_EQ(content(), "one");
}

TEST_F(AtomicFile, WritesNamesAsLongAsTheyMayBe) {
  for (const std::size_t length : {251, 255}) {
    const std::string name = folder_ / std::string(length, 'n');
    write(name, "one");
    write(name, "two");
    EXPECT_EQ(content(name), "two");
  }
  EXPECT_THAT([&] { write(folder_ / std::string(256, 'n'), "one"); },
              ThrowsMessage<RunError>(HasSubstr("File name too long")));
  EXPECT_EQ(files_in_folder(), 2);
}

TEST_F(AtomicFile, DoesNotReplaceAFileOfAnotherKind) {
  const std::string hdf5 = "\x89HDF\r\n\x1a\n...", png = "\x89PNG\r\n\x1a\n...",
                    npy = "\x93NUMPY...", svg = "<svg>", html = "<!doctype html>", text = "a,b";
  const std::string kinds[] = {hdf5, png, npy, svg, html, text};
  for (const std::string& earlier : kinds) {
    for (const std::string& later : kinds) {
      std::ofstream(path_, std::ios::binary) << earlier;
      if (&earlier == &later) {
        write(later + " anew");
        EXPECT_EQ(content(), later + " anew");
      } else {
        EXPECT_THAT([&] { write(later); },
                    ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("replace"))));
        EXPECT_EQ(content(), earlier);
      }
    }
  }
  std::ofstream(path_, std::ios::trunc).flush();
  write(png);  // nothing is lost of an empty file
  EXPECT_EQ(content(), png);
}

TEST_F(AtomicFile, ReplacesWhatIsNotKnownUnderANameOfItsOwnKind) {
  const std::string png = "\x89PNG\r\n\x1a\n...", name = folder_ / "a.PNG";
  std::ofstream(name) << "what a program left unfinished";
  write(name, png);
  EXPECT_EQ(content(name), png);
  std::ofstream(folder_ / "a.npy") << "text";
  EXPECT_THAT([&] { write(folder_ / "a.npy", png); }, testing::Throws<InputError>());
}

TEST_F(AtomicFile, TellsImagesByTheirFirstBytes) {
  using namespace std::string_view_literals;
  for (const std::string_view beginning : {"\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff\xe0"sv, "II*\0"sv,
                                           "MM\0*"sv, "BM"sv, "P5\n"sv, "P6\n"sv}) {
    EXPECT_EQ(file_kind(std::as_bytes(std::span(beginning))), FileKind::image) << beginning;
  }
  EXPECT_EQ(file_kind({}), FileKind::other);
}

}  // namespace
}  // namespace adjoint
