// Downloads of one file, from servers that behave and servers that do not.

#include "datasets/fetch/download.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>

#include "datasets/fetch/part_file.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/fetch/fetched_files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DownloadTest : public testing::Test {
 protected:
  bool download_from(const std::vector<std::string>& servers, const DownloadWatch& watch = {}) {
    return download(client_, servers, kLarge, folder_.path(), impatient(), watch);
  }
  std::string failure_from(const std::vector<std::string>& servers) {
    try {
      download_from(servers);
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }
  void expect_the_file_alone() const {
    EXPECT_TRUE(bytes_of(folder_ / kLarge.name) == bytes_);
    EXPECT_FALSE(std::filesystem::exists(part_));
  }

  const std::string bytes_ = published_bytes(kLarge.bytes);
  TempFolder folder_;
  const std::filesystem::path part_ = folder_ / (kLarge.name + ".part");
  HttpClient client_;
};

TEST_F(DownloadTest, TakesAWholeFile) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  std::uintmax_t last = 0;
  EXPECT_TRUE(download_from({server.address() + "data/"},
                            {.progress = [&](std::uintmax_t bytes) { last = bytes; }}));
  expect_the_file_alone();
  EXPECT_EQ(last, kLarge.bytes);
  ASSERT_EQ(server.asked().size(), 1U);
  EXPECT_EQ(server.asked()[0].path, "/data/large.bin");
  EXPECT_FALSE(server.asked()[0].from);
}

TEST_F(DownloadTest, GoesOnAfterEachCutOfTheConnection) {
  const HttpServer server(
      [&](const HttpAsked&, int) { return HttpReply{.body = bytes_, .cut_after = 20000}; });
  std::vector<std::string> lines;
  EXPECT_TRUE(download_from({server.address()},
                            {.message = [&](const std::string& line) { lines.push_back(line); }}));
  expect_the_file_alone();
  const std::vector<HttpAsked> asked = server.asked();
  ASSERT_EQ(asked.size(), 15U);  // more than the tries that bring nothing new
  for (std::size_t i = 1; i < asked.size(); ++i) EXPECT_EQ(asked[i].from, i * 20000);
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines[0], AllOf(HasSubstr("large.bin"), HasSubstr("going on")));
}

TEST_F(DownloadTest, GoesOnWhereAnEarlierProcessStopped) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  folder_.write("large.bin.part", bytes_.substr(0, 50000));
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  ASSERT_EQ(server.asked().size(), 1U);
  EXPECT_EQ(server.asked()[0].from, 50000U);
}

TEST_F(DownloadTest, MovesAWholePartWithoutAskingTheServer) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.status = 404}; });
  folder_.write("large.bin.part", bytes_);
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  EXPECT_THAT(server.asked(), IsEmpty());
}

TEST_F(DownloadTest, BeginsAnewWhereAServerIgnoresRanges) {
  const HttpServer server([&](const HttpAsked&, int count) {
    return HttpReply{.body = bytes_,
                     .ranges = false,
                     .cut_after = count == 0 ? std::size_t{20000} : bytes_.size()};
  });
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(server.asked()[1].from, 20000U);
}

TEST_F(DownloadTest, TakesNoOtherRangeThanItAskedFor) {
  const HttpServer server(
      [&](const HttpAsked&, int) { return HttpReply{.body = bytes_, .late = 10}; });
  folder_.write("large.bin.part", bytes_.substr(0, 50000));
  EXPECT_THAT(failure_from({server.address()}),
              HasSubstr("it sends bytes from 50010 on, asked for those from 50000 on"));
  EXPECT_EQ(bytes_of(part_), bytes_.substr(0, 50000));
}

TEST_F(DownloadTest, BeginsAnewWhereTheServerKnowsNoSuchRange) {
  const HttpServer server([&](const HttpAsked& asked, int) {
    return asked.from ? HttpReply{.status = 416} : HttpReply{.body = bytes_};
  });
  folder_.write("large.bin.part", bytes_.substr(0, 50000));
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
}

TEST_F(DownloadTest, BeginsAnewWhereThePartIsOfAnotherFile) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  folder_.write("large.bin.part", published_bytes(50000, 9));
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_FALSE(server.asked()[1].from);
}

TEST_F(DownloadTest, GoesOnAfterAStall) {
  const HttpServer server([&](const HttpAsked&, int count) {
    return count == 0 ? HttpReply{.body = bytes_, .stall_after = 1000} : HttpReply{.body = bytes_};
  });
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(server.asked()[1].from, 1000U);
}

TEST_F(DownloadTest, LeavesAServerThatNeverAnswers) {
  const HttpServer silent([&](const HttpAsked&, int) { return HttpReply{.status = 0}; });
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  EXPECT_TRUE(download_from({silent.address(), server.address()}));
  expect_the_file_alone();
  EXPECT_EQ(silent.asked().size(), 1U);
}

TEST_F(DownloadTest, GoesOnWhereABodyWithoutALengthEndsEarly) {
  const HttpServer server([&](const HttpAsked&, int count) {
    return HttpReply{.body = bytes_,
                     .says_length = false,
                     .cut_after = count == 0 ? std::size_t{20000} : bytes_.size()};
  });
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
}

TEST_F(DownloadTest, GivesUpWhereNothingNewArrives) {
  const HttpServer server([&](const HttpAsked&, int) {
    return HttpReply{.body = bytes_, .ranges = false, .cut_after = 20000};
  });
  const std::string message = failure_from({server.address()});
  EXPECT_THAT(message, AllOf(HasSubstr(server.address() + "large.bin"),
                             HasSubstr("20000 bytes of 0.3 MB are kept in"),
                             HasSubstr("same command goes on"), HasSubstr("--from")));
  EXPECT_EQ(server.asked().size(), 4U);  // the first brings something, the others nothing new
  EXPECT_EQ(bytes_of(part_), bytes_.substr(0, 20000));
}

TEST_F(DownloadTest, RemovesAFileOfAnotherSum) {
  const std::string other = published_bytes(kLarge.bytes, 9);
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = other}; });
  EXPECT_THAT(failure_from({server.address()}),
              AllOf(HasSubstr(server.address() + "large.bin"), HasSubstr("its SHA-256 is "),
                    HasSubstr("expected " + kLarge.sha256)));
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(DownloadTest, DoesNotTakeAFileOfAnotherSize) {
  for (const bool says_length : {true, false}) {
    const HttpServer server([&](const HttpAsked&, int) {
      return HttpReply{.body = bytes_ + "more", .says_length = says_length};
    });
    EXPECT_THAT(failure_from({server.address()}),
                HasSubstr(says_length ? "it holds 300004 bytes there, expected 300000"
                                      : "it sends more than the 300000 bytes expected"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / kLarge.name));
    std::filesystem::remove(part_);
  }
}

TEST_F(DownloadTest, NamesTheAddressAndTheStatusOfAnHttpError) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.status = 404}; });
  EXPECT_THAT(failure_from({server.address()}),
              HasSubstr(server.address() + "large.bin: HTTP status 404"));
  EXPECT_EQ(server.asked().size(), 1U);  // another try would not help
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(DownloadTest, TriesAgainWhereAServerIsBusy) {
  const HttpServer server([&](const HttpAsked&, int count) {
    return count < 2 ? HttpReply{.status = count == 0 ? 503 : 429, .header = "Retry-After: 1"}
                     : HttpReply{.body = bytes_};
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(download_from({server.address()}));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1900));
  expect_the_file_alone();
}

TEST_F(DownloadTest, FollowsRedirectsWithTheRange) {
  const HttpServer server([&](const HttpAsked& asked, int) {
    if (asked.path == "/large.bin")
      return HttpReply{.status = 302, .body = "elsewhere", .location = "/there"};
    return HttpReply{.body = bytes_};
  });
  folder_.write("large.bin.part", bytes_.substr(0, 50000));
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(server.asked()[1].path, "/there");
  EXPECT_EQ(server.asked()[1].from, 50000U);
}

TEST_F(DownloadTest, TakesTheNextServerAndKeepsWhatTheFirstGave) {
  const HttpServer first([&](const HttpAsked&, int count) {
    return count == 0 ? HttpReply{.body = bytes_, .cut_after = 20000} : HttpReply{.status = 410};
  });
  const HttpServer second([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  EXPECT_TRUE(download_from({"http://127.0.0.1:1/", first.address(), second.address()}));
  expect_the_file_alone();
  ASSERT_EQ(second.asked().size(), 1U);
  EXPECT_EQ(second.asked()[0].from, 20000U);
}

TEST_F(DownloadTest, NamesTheReasonOfEachServer) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.status = 404}; });
  EXPECT_THAT(failure_from({"http://127.0.0.1:1/", server.address()}),
              AllOf(HasSubstr("http://127.0.0.1:1/large.bin: "), HasSubstr("onnect"),
                    HasSubstr("HTTP status 404")));
}

TEST_F(DownloadTest, KeepsThePartWhenItIsStopped) {
  const HttpServer server(
      [&](const HttpAsked&, int) { return HttpReply{.body = bytes_, .stall_after = 100000}; });
  std::atomic<bool> stop = false;
  EXPECT_FALSE(
      download_from({server.address()}, {.stop = &stop, .progress = [&](std::uintmax_t bytes) {
                                           if (bytes == 100000) stop = true;
                                         }}));
  EXPECT_EQ(bytes_of(part_), bytes_.substr(0, 100000));
  EXPECT_FALSE(std::filesystem::exists(folder_ / kLarge.name));
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(DownloadTest, KeepsThePartWhenTheDiskIsFull) {
  const HttpServer server([&](const HttpAsked&, int) { return HttpReply{.body = bytes_}; });
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{100000, before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = failure_from({server.address()});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message,
              AllOf(HasSubstr("cannot write '" + part_.string() + "'"), HasSubstr("File too large"),
                    HasSubstr("are free on its disk"), HasSubstr("the same command goes on")));
  EXPECT_EQ(bytes_of(part_), bytes_.substr(0, 100000));
  EXPECT_TRUE(download_from({server.address()}));
  expect_the_file_alone();
  EXPECT_EQ(server.asked().back().from, 100000U);
}

TEST_F(DownloadTest, DoesNotWriteWhatAnotherProcessWrites) {
  const PartFile other(folder_ / kLarge.name);
  try {
    download_from({"http://127.0.0.1:1/"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("another process is writing '" + part_.string() + "'"));
  }
  EXPECT_TRUE(std::filesystem::exists(part_));
}

}  // namespace
}  // namespace adjoint
