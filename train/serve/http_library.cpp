// The module that holds the HTTP library: the only file that knows it.

#include <httplib.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include "train/serve/http_module.hpp"

namespace adjoint {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::size_t kThreads = 4;  // that a browser's open connections can occupy
constexpr int kNice = 10;            // a training goes first
constexpr int kSeconds = 2;          // that a silent client is waited for

/// While it lives, the thread and those that it starts receive no signal: they are the program's.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

class Server final : public PageServer {
 public:
  explicit Server(PageHandler handler) : handler_(std::move(handler)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // The library would share a port with another server of this user.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_keep_alive_max_count(1);
    server_.set_keep_alive_timeout(kSeconds);
    server_.set_read_timeout(kSeconds);
    server_.set_write_timeout(kSeconds);
    server_.set_payload_max_length(0);
    server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& to) {
      answer(request, to);
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.set_exception_handler([](const httplib::Request&, httplib::Response& to,
                                     const std::exception_ptr&) { to.status = 500; });
  }

  ~Server() override {
    if (!thread_.joinable()) return;
    {
      std::unique_lock lock(mutex_);  // the library would cut off answers that are being sent
      sent_.wait_for(lock, std::chrono::seconds(kSeconds), [&] { return answering_ == 0; });
    }
    server_.stop();
    thread_.join();
  }

  /// Whether the port could be had.
  bool start(int port) {
    port_ = port == 0                               ? server_.bind_to_any_port(kLoopback)
            : server_.bind_to_port(kLoopback, port) ? port
                                                    : -1;
    if (port_ < 0) return false;
    const NoSignals guard;
    thread_ = std::thread([this] {
      ::setpriority(PRIO_PROCESS, 0, kNice);  // of this thread and those that it starts
      server_.listen_after_bind();
      ended_ = true;
    });
    // stop() does nothing before that.
    while (!server_.is_running() && !ended_)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
  }

  int port() const override { return port_; }

 private:
  void answer(const httplib::Request& request, httplib::Response& to) {
    const auto sending = std::make_shared<Sending>(*this);
    PageAnswer answer = handler_({request.method, request.get_header_value("Host"), request.path});
    to.status = answer.status;
    to.set_header("Cache-Control", "no-store");
    to.set_header("X-Content-Type-Options", "nosniff");
    to.set_header("X-Frame-Options", "DENY");
    to.set_header("Cross-Origin-Resource-Policy", "same-origin");
    to.set_header("Referrer-Policy", "no-referrer");
    if (!answer.allow.empty()) to.set_header("Allow", answer.allow);
    // From a provider, because the library would spend a processor on compressing a text.
    sending->body = std::move(answer.body);
    to.set_content_provider(
        sending->body.size(), answer.type,
        [sending](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
          return sink.write(sending->body.data() + offset, length);
        });
  }

  /// An answer from its request until it is sent.
  struct Sending {
    explicit Sending(Server& of) : server(of) {
      const std::lock_guard lock(server.mutex_);
      ++server.answering_;
    }
    ~Sending() {
      const std::lock_guard lock(server.mutex_);
      if (--server.answering_ == 0) server.sent_.notify_all();
    }
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;
    Server& server;
    std::string body;
  };

  std::mutex mutex_;
  std::condition_variable sent_;
  int answering_ = 0;
  PageHandler handler_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> ended_ = false;
  int port_ = -1;
};

std::unique_ptr<PageServer> serve(int port, PageHandler handler) {
  auto server = std::make_unique<Server>(std::move(handler));
  if (!server->start(port)) return nullptr;
  return server;
}

}  // namespace
}  // namespace adjoint

extern "C" const adjoint::HttpModule* adjoint_http_module_1() {
  static constexpr adjoint::HttpModule kModule{adjoint::serve};
  return &kModule;
}
