#include "tests/support/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace adjoint {
namespace {

constexpr int kPollMs = 5;

/// The request whose head this is: "GET /path HTTP/1.1", "Range: bytes=100-".
HttpAsked request_of(const std::string& head) {
  const std::size_t path = head.find(' ') + 1;
  HttpAsked asked{head.substr(path, head.find(' ', path) - path)};
  constexpr std::string_view kRange = "Range: bytes=";
  if (const std::size_t range = head.find(kRange); range != std::string::npos)
    asked.from = std::stoul(head.substr(range + kRange.size()));
  return asked;
}

}  // namespace

HttpServer::HttpServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  auto* const address = reinterpret_cast<sockaddr*>(&place);
  if (listener_ < 0 || ::bind(listener_, address, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, address, &size) != 0)
    throw std::runtime_error("no server on the loopback interface");
  port_ = ntohs(place.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

std::string HttpServer::address() const {
  return fmt::format("http://127.0.0.1:{}/", port_);
}

std::vector<HttpAsked> HttpServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

bool HttpServer::readable(int file) const {
  pollfd polled{file, POLLIN, 0};
  while (!ends_)
    if (::poll(&polled, 1, kPollMs) > 0) return true;
  return false;
}

void HttpServer::serve() {
  while (readable(listener_)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer_requests(connection);
    ::close(connection);
  }
}

void HttpServer::answer_requests(int connection) {
  std::string head;
  std::array<char, 4096> buffer{};
  while (readable(connection)) {
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    head.append(buffer.data(), static_cast<std::size_t>(got));
    if (!head.ends_with("\r\n\r\n")) continue;
    const HttpAsked asked = request_of(std::exchange(head, {}));
    int count = 0;
    {
      const std::lock_guard lock(mutex_);
      count = static_cast<int>(asked_.size());
      asked_.push_back(asked);
    }
    if (!send_reply(connection, answer_(asked, count), asked)) return;
  }
}

bool HttpServer::send_reply(int connection, const HttpReply& reply, const HttpAsked& asked) const {
  if (reply.status == 0) return !readable(connection);
  const bool ranged = reply.ranges && asked.from && reply.status == 200;
  const std::size_t first = ranged ? std::min(*asked.from + reply.late, reply.body.size()) : 0;
  const std::string body = reply.body.substr(first);
  std::string head = fmt::format("HTTP/1.1 {} Reply\r\n", ranged ? 206 : reply.status);
  if (ranged)
    head += fmt::format("Content-Range: bytes {}-{}/{}\r\n", first, reply.body.size() - 1,
                        reply.body.size());
  if (reply.says_length) head += fmt::format("Content-Length: {}\r\n", body.size());
  if (!reply.says_length) head += "Connection: close\r\n";
  if (!reply.location.empty()) head += fmt::format("Location: {}\r\n", reply.location);
  if (!reply.header.empty()) head += reply.header + "\r\n";
  const std::size_t last =
      std::min({body.size(), reply.cut_after, reply.stall_after.value_or(body.size())});
  const std::string bytes = head + "\r\n" + body.substr(0, last);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const std::size_t step =
        std::min(bytes.size() - sent, reply.pause_every > 0 ? reply.pause_every : bytes.size());
    const ssize_t now = ::send(connection, bytes.data() + sent, step, MSG_NOSIGNAL);
    if (now <= 0 || ends_) return false;
    sent += static_cast<std::size_t>(now);
    if (reply.pause_every > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (reply.stall_after) readable(connection);  // until the other side hangs up
  return last == body.size() && reply.says_length;
}

}  // namespace adjoint
