#include "datasets/fetch/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kMostRedirects = 10;

/// One request under way, as libcurl's callbacks see it.
struct Exchange {
  using Clock = std::chrono::steady_clock;

  CURL* curl;
  HttpReceiver& receiver;
  std::optional<std::uintmax_t> first = {}, total = {};  // of the last Content-Range
  bool begun = false, declined = false, stopped = false, stalled = false;
  // libcurl's own limit is of a mean over seconds, which bytes that came before hold up.
  double stall_seconds;
  curl_off_t received = 0;
  Clock::time_point moved = Clock::now();  // when bytes arrived last
  std::exception_ptr error = {};

  /// Runs what may throw: nothing may leave a callback of C.
  template <class Call>
  bool guarded(const Call& call) {
    try {
      return call();
    } catch (...) {
      error = std::current_exception();
      return false;
    }
  }
  bool begin() {
    begun = true;
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    constexpr long kPartialContent = 206;
    if (status == kPartialContent) return receiver.begin(first.value_or(0), total);
    return receiver.begin(
        0, length < 0 ? std::nullopt : std::optional(static_cast<std::uintmax_t>(length)));
  }
};

std::optional<std::uintmax_t> number_in(std::string_view text) {
  std::uintmax_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr != text.data() ? std::optional(number) : std::nullopt;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view line(data, size * count);
  std::string name(line.substr(0, line.find(':')));
  std::ranges::transform(name, name.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (line.starts_with("HTTP/")) {  // another answer begins, after a redirect
    exchange.first.reset();
    exchange.total.reset();
  } else if (name == "content-range") {  // "bytes 100-199/200"
    const std::size_t digit = line.find_first_of("0123456789"), slash = line.find('/');
    if (digit < slash) exchange.first = number_in(line.substr(digit));
    if (slash != std::string_view::npos) exchange.total = number_in(line.substr(slash + 1));
  }
  return size * count;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const bool wanted = exchange.guarded([&] {
    return (exchange.begun || exchange.begin()) &&
           exchange.receiver.receive(std::as_bytes(std::span(data, size * count)));
  });
  exchange.declined = !wanted;
  return wanted ? size * count : CURL_WRITEFUNC_ERROR;
}

int ask_whether_stopped(void* to, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(to);
  const auto now = Exchange::Clock::now();
  if (std::exchange(exchange.received, received) != received) exchange.moved = now;
  exchange.stalled =
      std::chrono::duration<double>(now - exchange.moved).count() > exchange.stall_seconds;
  exchange.stopped = !exchange.guarded([&] { return !exchange.receiver.stopped(); });
  return exchange.stopped || exchange.stalled ? 1 : 0;
}

HttpEnd end_of(CURLcode code, const Exchange& exchange) {
  if (exchange.stopped) return HttpEnd::stopped;
  if (exchange.declined) return HttpEnd::declined;
  if (exchange.stalled) return exchange.begun ? HttpEnd::cut : HttpEnd::unreachable;
  switch (code) {
    case CURLE_OK:
      return HttpEnd::whole;
    case CURLE_HTTP_RETURNED_ERROR:
      return HttpEnd::refused;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return HttpEnd::cut;
    default:
      return HttpEnd::unreachable;
  }
}

}  // namespace

struct HttpClient::Impl {
  CURL* curl = nullptr;
  Impl() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready == CURLE_OK) curl = curl_easy_init();
    if (!curl) throw RunError("libcurl cannot be started: {}", curl_easy_strerror(ready));
  }
  ~Impl() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

HttpOutcome HttpClient::get(const HttpRequest& request, HttpReceiver& receiver) {
  CURL* const curl = impl_->curl;
  Exchange exchange{.curl = curl, .receiver = receiver, .stall_seconds = request.stall_seconds};
  std::array<char, CURL_ERROR_SIZE> details{};
  const std::string range = fmt::format("{}-", request.offset);
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
  curl_easy_reset(curl);  // keeps its connections
  set(CURLOPT_URL, request.address.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMostRedirects);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "adjoint");
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  if (request.offset > 0) set(CURLOPT_RANGE, range.c_str());
  set(CURLOPT_ERRORBUFFER, details.data());
  set(CURLOPT_HEADERFUNCTION, take_header);
  set(CURLOPT_HEADERDATA, &exchange);
  set(CURLOPT_WRITEFUNCTION, take_body);
  set(CURLOPT_WRITEDATA, &exchange);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, ask_whether_stopped);
  set(CURLOPT_XFERINFODATA, &exchange);

  const CURLcode code = curl_easy_perform(curl);
  set(CURLOPT_ERRORBUFFER, nullptr);
  if (exchange.error) std::rethrow_exception(exchange.error);
  HttpOutcome outcome{.end = end_of(code, exchange)};
  curl_off_t wait = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &outcome.status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
  outcome.retry_after = static_cast<double>(wait);
  if (outcome.end == HttpEnd::refused)
    outcome.reason = fmt::format("HTTP status {}", outcome.status);
  else if (exchange.stalled)
    outcome.reason = fmt::format("nothing came for {:.0f} s", request.stall_seconds);
  else if (code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING)
    outcome.reason = "the connection ended early";
  else if (outcome.end != HttpEnd::whole)
    outcome.reason = details[0] ? details.data() : curl_easy_strerror(code);
  return outcome;
}

}  // namespace adjoint
