// The report of a run while it trains: what the server answers, and that the training is the same.

#include <csignal>
#include <thread>

#include "framework/tensor/error.hpp"
#include "tests/train/loopback_client.hpp"
#include "tests/train/program.hpp"
#include "train/begin_run.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Loopback, AnswersThisMachineAndAFewPathsAlone) {
  const ServedPages pages{{"/", [] { return PageAnswer{.body = "page"}; }},
                          {"/bad", []() -> PageAnswer { throw RunError("no picture"); }}};
  const auto status = [&](const std::string& method, const std::string& host,
                          const std::string& path) {
    return answer_request(pages, {.method = method, .host = host, .path = path}).status;
  };
  for (const char* host : {"127.0.0.1", "127.0.0.1:8700", "localhost:1", "LocalHost"})
    EXPECT_EQ(status("GET", host, "/"), 200) << host;
  for (const char* host : {"", "evil.example", "evil.example:8700", "127.0.0.1.evil.example",
                           "localhost.", ":8700", "10.0.0.1:8700", "evil.example:127.0.0.1"})
    EXPECT_EQ(status("GET", host, "/"), 403) << host;
  EXPECT_EQ(status("HEAD", "localhost", "/"), 200);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", ""})
    EXPECT_EQ(status(method, "localhost", "/"), 405) << method;
  for (const char* path : {"/state", "/../run", "/checkpoint.h5", "//", ""})
    EXPECT_EQ(status("GET", "localhost", path), 404) << path;
  EXPECT_EQ(status("GET", "localhost", "/bad"), 500);
}

TEST(Loopback, ReadsPorts) {
  EXPECT_EQ(parse_port("8700", "--serve"), 8700);
  EXPECT_EQ(parse_port("0", "--serve"), 0);
  for (const char* text : {"", "65536", "-1", "80 ", "auto", "8.7"})
    EXPECT_THROW(parse_port(text, "--serve"), InputError) << text;
}

TEST(Loopback, NamesAPortThatIsTaken) {
  const TakenPort taken;
  try {
    serve_pages({}, taken.port());
    FAIL() << "it serves on a port that is taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("--serve " + std::to_string(taken.port())),
                                    HasSubstr("0 for any")));
  }
  // Two servers of this library do not share one.
  const auto server = serve_pages({}, 0);
  EXPECT_THROW(serve_pages({}, server->port()), InputError);
}

TEST(Loopback, TakesTheNextFreePort) {
  const auto one = serve_pages({}, std::nullopt), other = serve_pages({}, std::nullopt);
  EXPECT_GE(one->port(), kFirstPort);
  EXPECT_GT(other->port(), one->port());
}

TEST(Loopback, AnswersOverSocketsUntilItEnds) {
  const std::string text(300'000, 'x');
  auto server = serve_pages({{"/", [&] { return PageAnswer{.body = text}; }}}, 0);
  const int port = server->port();
  EXPECT_EQ(body_of(ask(port, "/")), text);
  const std::string head = ask(port, "/", "HEAD");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Length: 300000"),
                          HasSubstr("Cache-Control: no-store"), HasSubstr("X-Frame-Options")));
  EXPECT_EQ(body_of(head), "");
  EXPECT_THAT(ask(port, "/x"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(port, "/", "GET", "evil.example"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask(port, "/", "POST"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET")));
  const Socket silent;  // a client that says nothing does not keep the server
  const sockaddr_in address = loopback(port);
  ASSERT_EQ(::connect(silent.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  server.reset();
  EXPECT_EQ(ask(port, "/"), "");
}

class LiveReports : public testing::Test {
 protected:
  RunRequest request(const std::string& out, bool serve) const {
    RunRequest request{.folder = RunFolder(folder_ / out), .serve = serve, .port = 0};
    parse_config(kRandomConfig, "tiny.toml", {}, request.source.config);
    return request;
  }
  static int port_of(const LiveReport& live) {
    const std::string address = live.address();
    return std::stoi(address.substr(address.rfind(':') + 1));
  }

  TempFolder folder_;
  ThreadPool pool_{2};
};

/// What a browser would be told at the end of each epoch.
struct Asking final : TrainingObserver {
  int port = 0;
  std::vector<nlohmann::json> states, data;
  void on_epoch_saved(const EpochReport&) override {
    states.push_back(json_from(port, "/state"));
    data.push_back(json_from(port, "/data"));
  }
};

TEST_F(LiveReports, ShowEachEpochAsItEnds) {
  BegunRun begun = begin_run(request("run", true), pool_);
  Asking asking;
  asking.port = port_of(*begun.live);
  const nlohmann::json first = json_from(asking.port, "/state");
  EXPECT_EQ(first["status"], "begins epoch 1 of 3");
  const std::string page = body_of(ask(asking.port, "/"));
  EXPECT_THAT(page, AllOf(HasSubstr("connect-src 'self'"), HasSubstr("fetch(\"state\")")));
  EXPECT_EQ(begun.train(asking, false), Trainer::Ending::finished);

  ASSERT_EQ(asking.states.size(), 3U);
  for (std::size_t epoch = 1; epoch <= 3; ++epoch) {
    const nlohmann::json& state = asking.states[epoch - 1];
    EXPECT_EQ(state["run"], first["run"]);
    EXPECT_EQ(state["version"], epoch);
    EXPECT_EQ(state["ended"], false);
    EXPECT_THAT(
        state["status"].get<std::string>(),
        AllOf(StartsWith("epoch " + std::to_string(epoch) + " of 3, step 16 of 16, loss 0."),
              HasSubstr(" to go")));
    std::map<std::string, nlohmann::json> sections;
    for (const auto& section : asking.data[epoch - 1]["sections"])
      sections[section["title"]] = section["blocks"];
    EXPECT_EQ(sections["Training"][0]["charts"][0]["at"].size(), epoch);
    EXPECT_EQ(sections["Samples"][1]["epochs"].size(), epoch);
    EXPECT_TRUE(sections.contains("Layers"));
    EXPECT_TRUE(sections.contains("Kernels"));
    EXPECT_TRUE(sections.contains("Latent space"));
    EXPECT_THAT(sections["Weights"][0]["text"].get<std::string>(),
                AllOf(StartsWith("Kernels"), HasSubstr(" after epoch ")));
    EXPECT_TRUE(sections.contains("Config"));
  }
  const nlohmann::json last = json_from(asking.port, "/state");
  EXPECT_EQ(last["ended"], true);
  EXPECT_THAT(last["status"].get<std::string>(), HasSubstr("finished after epoch 3"));
  begun.live.reset();
  EXPECT_EQ(ask(asking.port, "/"), "");
}

TEST_F(LiveReports, DoNotChangeATraining) {
  TrainingObserver nothing;
  begin_run(request("alone", false), pool_).train(nothing, false);
  BegunRun begun = begin_run(request("watched", true), pool_);
  std::atomic<bool> ended = false;
  int answers = 0;
  std::thread reader([&, port = port_of(*begun.live)] {
    while (!ended)
      for (const char* path : {"/", "/data", "/state"}) answers += ask(port, path).empty() ? 0 : 1;
  });
  begun.train(nothing, false);
  ended = true;
  reader.join();
  EXPECT_GT(answers, 0);
  for (const char* file : {"checkpoint.h5", "best.h5"})
    expect_same_training(folder_ / "alone" / file, folder_ / "watched" / file);
}

class ServedTrainings : public Program {
 protected:
  ServedTrainings() { folder_.write("tiny.toml", kRandomConfig); }
};

TEST_F(ServedTrainings, SayTheirAddressAndEndWithCtrlC) {
  const int port = TakenPort().port();  // free again
  nlohmann::json state;
  const ProgramRun run = adjoint({"train", "tiny.toml", "--out", "run", "--set",
                                  "training.epochs=100000", "--serve=" + std::to_string(port)},
                                 {.act =
                                      [&](int process) {
                                        state = json_from(port, "/state");
                                        ::kill(process, SIGINT);
                                      },
                                  .when = [] { return true; },
                                  .after = "epoch 2/"});
  EXPECT_EQ(run.status, 130) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr("http://127.0.0.1:" + std::to_string(port) + "/"),
                             HasSubstr("saved to run/checkpoint.h5")));
  EXPECT_GE(state["version"], 1);
  EXPECT_EQ(ask(port, "/"), "");
}

TEST_F(ServedTrainings, TellOpenPagesThatTheyHaveEnded) {
  const int port = TakenPort().port();
  std::atomic<bool> ended = false;
  nlohmann::json last;
  std::thread page([&] {
    while (!ended) {
      const std::string answer = body_of(ask(port, "/state"));
      if (!answer.empty()) last = nlohmann::json::parse(answer);
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
  });
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--no-report", "--set", "training.epochs=40",
              "--serve=" + std::to_string(port)});
  ended = true;
  page.join();
  EXPECT_EQ(last["ended"], true);
  EXPECT_EQ(last["version"], 41);
}

TEST_F(ServedTrainings, DoNotBeginOnAPortThatIsTaken) {
  const TakenPort taken;
  const std::string port = std::to_string(taken.port());
  EXPECT_THAT(message({"train", "tiny.toml", "--out", "run", "--serve=" + port}, 2),
              AllOf(HasSubstr("--serve " + port), HasSubstr("taken")));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
  EXPECT_THAT(message({"train", "tiny.toml", "--serve=page"}, 2), HasSubstr("1 to 65535"));
}

TEST_F(ServedTrainings, ServeNothingUnlessAsked) {
  const ProgramRun run = adjoint_ok({"train", "tiny.toml", "--out", "run"});
  EXPECT_THAT(run.err, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace adjoint
