#include "services/gateway/session.h"

#include <netinet/tcp.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/telemetry/metrics.h"
#include "services/gateway/event_stream.h"
#include "services/gateway/problem.h"
#include "services/gateway/response_head.h"

namespace firstfloor::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr size_t kReadAtOnce = 4096;
// What is read of a body at once, and the most that may lie between its pieces.
constexpr size_t kReadAhead = 64 * 1024;
// How long a stream's head waits for its first event or failure, so that a refusal has its own status.
constexpr absl::Duration kFirstPiece = absl::Milliseconds(500);
constexpr absl::Duration kLinger = absl::Seconds(2);
// How long a client without a request has for one more when the server ends.
constexpr absl::Duration kLastRequest = absl::Seconds(1);
constexpr char kHeartbeat[] = ": heartbeat\n\n";
constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";

// The request without its body, before fields that come behind the body are among those of the head.
HttpRequest HeadOf(const http::request<http::string_body>& message, const std::string& peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(
        absl::AsciiStrToLower(absl::string_view(field.name_string().data(), field.name_string().size())),
        std::string(field.value()));
  }
  request.peer = peer;
  return request;
}

// What a head may not say, because whoever stands before the gateway could read it otherwise (RFC 9112, 3.2
// and 6.1): where the body ends, and whom it is for.
bool IsAmbiguous(const http::request<http::string_body>& message) {
  const auto codings = message.count(http::field::transfer_encoding);
  if (message.version() >= 11 && message.count(http::field::host) != 1) return true;
  if (codings == 0) return false;
  return codings > 1 || message.version() < 11 || message.count(http::field::content_length) > 0 ||
         !absl::EqualsIgnoreCase(std::string(message[http::field::transfer_encoding]), "chunked");
}

// Exposed from the start, not from the first connection on.
telemetry::Gauge& open_connections =
    telemetry::GetGauge("firstfloor_http_connections", "Connections that are open");

// Not a copy or a move, each of which would leave a stream's worth of memory behind.
template <typename Stream>
Stream MakeStream(tcp::socket socket, asio::ssl::context* tls) {
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    return TlsStream(std::move(socket), *tls);
  } else {
    return PlainStream(std::move(socket));
  }
}

template <typename Stream>
class Session final : public OpenConnection {
 public:
  Session(tcp::socket socket, asio::ssl::context* tls, std::string peer, Loop* loop,
          std::shared_ptr<Shared> shared)
      : stream_(MakeStream<Stream>(std::move(socket), tls)),
        peer_(std::move(peer)),
        loop_(loop),
        shared_(std::move(shared)),
        buffer_(shared_->limits.header_bytes + kReadAhead),
        bell_(loop->io) {
    loop_->open.insert(this);
    open_connections.Add(1);
  }
  ~Session() override {
    open_connections.Add(-1);
    loop_->open.erase(this);
    shared_->connections.fetch_sub(1);
  }

  asio::awaitable<void> Run() {
    bool more = co_await Handshake();
    while (more) more = co_await Exchange();
    if (events_ != nullptr) co_await Pump();
    co_await Close();
  }

  void EndSoon() override {
    if (events_ != nullptr) {
      stopped_ = true;
      bell_.cancel();
    } else if (idle_) {
      Lowest().cancel();
    }
  }

  void CutOff() override {
    if (events_ != nullptr) events_->Cancel();
  }

 private:
  beast::tcp_stream& Lowest() { return beast::get_lowest_layer(stream_); }
  void Within(absl::Duration time) { Lowest().expires_after(absl::ToChronoNanoseconds(time)); }

  asio::awaitable<bool> Handshake() {
    error_code failed;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      Within(shared_->limits.header);
      co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                       asio::redirect_error(asio::use_awaitable, failed));
    }
    co_return !failed;
  }

  // One request and its answer, or the beginning of its events; true if another request may follow.
  asio::awaitable<bool> Exchange() {
    if (!co_await AwaitFirstByte()) co_return false;
    std::optional<Parser> parser(std::in_place);
    parser->header_limit(shared_->limits.header_bytes);
    parser->body_limit(shared_->limits.body_bytes);
    const auto asked = std::make_shared<HttpRequest>();
    const error_code failed = co_await Read(*parser, *asked);
    if (failed) {
      co_await Refuse(failed, std::move(*asked));
      co_return false;
    }
    const bool head = parser->get().method() == http::verb::head;
    const bool keep = parser->get().keep_alive();
    parser.reset();

    const Gateway& gateway = shared_->gateway;
    const auto ask = [&gateway, asked](std::function<void(std::function<Outcome()>)> done) {
      gateway.Answer(std::move(*asked), std::move(done));
    };
    const std::function<Outcome()> answered = co_await Await<std::function<Outcome()>>(loop_, ask);
    Outcome outcome = answered();
    if (outcome.events != nullptr) {
      co_await BeginEvents(std::move(outcome), head);
      co_return false;
    }
    const bool stay = keep && !loop_->ending;
    const bool written = co_await Write(outcome.response, stay, !head);
    co_return written&& stay;
  }

  // Between requests the connection is idle and holds no memory for reading. The server's end does not close
  // it at once: a request may be on its way.
  asio::awaitable<bool> AwaitFirstByte() {
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    buffer_.shrink_to_fit();
    error_code failed;
    do {
      Within(loop_->ending ? kLastRequest : shared_->limits.idle);
      const size_t size = co_await stream_.async_read_some(buffer_.prepare(kReadAtOnce),
                                                           asio::redirect_error(asio::use_awaitable, failed));
      buffer_.commit(size);
    } while (failed == asio::error::operation_aborted && loop_->ending);
    idle_ = false;
    co_return !failed;
  }

  asio::awaitable<error_code> Read(Parser& parser, HttpRequest& request) {
    error_code failed = co_await ReadHead(parser);
    request = HeadOf(parser.get(), peer_);
    if (failed) co_return failed;
    if (IsAmbiguous(parser.get())) co_return make_error_code(http::error::bad_transfer_encoding);
    if (!parser.is_done()) failed = co_await ReadBody(parser);
    request.body = std::move(parser.get().body());
    co_return failed;
  }

  asio::awaitable<error_code> ReadHead(Parser& parser) {
    error_code failed;
    // What has come by now, which mostly is all of it, needs no waiting.
    buffer_.consume(parser.put(buffer_.data(), failed));
    if (parser.is_header_done() || (failed && failed != http::error::need_more)) co_return failed;
    Within(shared_->limits.header);
    co_await http::async_read_header(stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  asio::awaitable<error_code> ReadBody(Parser& parser) {
    error_code failed;
    parser.eager(true);
    if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), failed));
    if (parser.is_done() || (failed && failed != http::error::need_more)) co_return failed;
    Within(shared_->limits.body);
    if (absl::EqualsIgnoreCase(std::string(parser.get()[http::field::expect]), "100-continue")) {
      co_await asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                                 asio::redirect_error(asio::use_awaitable, failed));
      if (failed) co_return failed;
    }
    co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  // The answer to what could not be read as a request. A client that is gone or too slow gets none.
  asio::awaitable<void> Refuse(error_code failed, HttpRequest head) {
    const Gateway& gateway = shared_->gateway;
    HttpResponse response;
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
      response = gateway.Unreadable(std::move(head), 431, "HEADERS_TOO_LARGE",
                                    "the head of the request is too large");
    } else if (failed == http::error::body_limit) {
      response = gateway.Unreadable(std::move(head), 413, "BODY_TOO_LARGE", "the body is too large");
    } else if (failed.category() == make_error_code(http::error::bad_method).category() &&
               failed != http::error::end_of_stream && failed != http::error::partial_message) {
      response =
          gateway.Unreadable(std::move(head), 400, "MALFORMED_REQUEST", "this is not an HTTP/1.1 request");
    } else {
      co_return;
    }
    if (co_await Write(response, false, true)) co_await Linger();
  }

  // Reads on for a while: closing with bytes unread would destroy the answer on its way.
  asio::awaitable<void> Linger() {
    error_code failed;
    Lowest().socket().shutdown(tcp::socket::shutdown_send, failed);
    Within(kLinger);
    std::array<char, kReadAtOnce> dropped;
    while (!failed) {
      co_await Lowest().async_read_some(asio::buffer(dropped),
                                        asio::redirect_error(asio::use_awaitable, failed));
    }
  }

  asio::awaitable<bool> Write(const HttpResponse& response, bool keep_alive, bool with_body) {
    const std::string head = ResponseHead(response, response.body.size(), keep_alive, absl::Now());
    // Not an array of two: of one, Boost 1.74 hands the head on, empty, before the rest of a long body, and
    // Beast's TLS stream takes that for the end.
    std::vector<asio::const_buffer> parts = {asio::buffer(head)};
    if (with_body) parts.push_back(asio::buffer(response.body));
    Within(shared_->limits.writing);
    error_code failed;
    co_await asio::async_write(stream_, parts, asio::redirect_error(asio::use_awaitable, failed));
    co_return !failed;
  }

  asio::awaitable<bool> WriteText(std::string text) {
    Within(shared_->limits.writing);
    error_code failed;
    co_await asio::async_write(stream_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, failed));
    co_return !failed;
  }

  void Step() {
    arrived_.reset();
    events_->Next([loop = loop_->shared_from_this(), life = std::weak_ptr<bool>(life_),
                   this](EventSource::Piece piece) {
      asio::post(loop->io, [life, this, piece = std::move(piece)]() mutable {
        if (life.expired()) return;
        arrived_ = std::move(piece);
        bell_.cancel();
      });
    });
  }

  // A client has nothing to say on a stream: whatever can be read means that it is gone.
  void NoticeLeaving() {
    Lowest().expires_never();
    noticing_ = true;
    stream_.async_read_some(asio::buffer(&ignored_, 1),
                            [life = std::weak_ptr<bool>(life_), this](error_code, size_t) {
                              if (life.expired()) return;
                              noticing_ = false;
                              stopped_ = true;
                              bell_.cancel();
                            });
  }

  // TLS says goodbye only when nobody reads any more, and the time for it is not taken while somebody does.
  asio::awaitable<void> NoticeNoMore() {
    Lowest().cancel();
    while (noticing_) {
      error_code rung;
      bell_.expires_after(absl::ToChronoNanoseconds(kLinger));
      co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, rung));
    }
  }

  // Sends the head of a stream, unless its first step is a refusal, which is an answer like any other. Leaves
  // `events_` if there is a stream.
  asio::awaitable<void> BeginEvents(Outcome outcome, bool head_only) {
    events_ = std::move(outcome.events);
    buffer_.clear();
    buffer_.shrink_to_fit();
    absl::Status refusal;
    if (loop_->ending) {
      refusal = error::RetryAfter(absl::StatusCode::kUnavailable, "ENDING", "this server ends; ask again",
                                  kLastRequest);
    } else {
      Step();
      if (Waits(kFirstPiece)) {
        error_code rung;
        co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, rung));
      }
      if (arrived_ && arrived_->ended) refusal = arrived_->why;
    }
    const HttpResponse head = outcome.begin(refusal);
    bool streams = false;
    if (!refusal.ok()) {
      co_await Write(head, false, !head_only);
    } else if (!stopped_) {
      streams = co_await WriteText(ResponseHead(head, std::nullopt, false, absl::Now())) && !head_only;
    }
    if (!streams) EndEvents();
  }

  // True if there is something to wait for, at most `time`: the step under way, the client's leaving, the end
  // of the server. Sets the bell, which rings for any of them.
  bool Waits(absl::Duration time) {
    if (arrived_ || stopped_) return false;
    bell_.expires_after(absl::ToChronoNanoseconds(time));
    return true;
  }

  // Most of the time a stream waits here, so that nothing else is kept meanwhile.
  asio::awaitable<void> Pump() {
    NoticeLeaving();
    bool open = true;
    while (open && !stopped_) {
      if (Waits(shared_->limits.heartbeat)) {
        error_code rung;
        co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, rung));
        if (!arrived_ && !stopped_) open = co_await WriteText(kHeartbeat);
      } else if (arrived_->ended) {
        if (!arrived_->why.ok()) co_await WriteText(FailureEvent(arrived_->why));
        open = false;
      } else {
        open = co_await WriteText(std::exchange(arrived_->text, ""));
        if (open) Step();
      }
    }
    EndEvents();
    co_await NoticeNoMore();
  }

  void EndEvents() {
    events_->Cancel();
    events_.reset();
  }

  asio::awaitable<void> Close() {
    error_code ignored;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      Within(kLinger);
      co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    }
    Lowest().socket().shutdown(tcp::socket::shutdown_both, ignored);
    Lowest().close();
  }

  Stream stream_;
  std::string peer_;
  Loop* loop_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  asio::steady_timer bell_;
  bool idle_ = false;
  bool stopped_ = false;
  bool noticing_ = false;
  char ignored_ = 0;
  std::shared_ptr<EventSource> events_;
  std::optional<EventSource::Piece> arrived_;
  std::shared_ptr<bool> life_ = std::make_shared<bool>(true);  // what outlives the session asks it first
};

template <typename Stream>
asio::awaitable<void> RunToEnd(tcp::socket socket, std::string peer, std::shared_ptr<asio::ssl::context> tls,
                               Loop* loop, std::shared_ptr<Shared> shared) {
  Session<Stream> session(std::move(socket), tls.get(), std::move(peer), loop, std::move(shared));
  co_await session.Run();
}

// A stream to a client that is gone without a word would be written to for a quarter of an hour: the kernel
// takes every heartbeat.
void GiveUpOnSilence(tcp::socket& socket, absl::Duration time) {
  const auto limit = static_cast<unsigned>(absl::ToInt64Milliseconds(time));
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
}

}  // namespace

asio::awaitable<void> Serve(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls, Loop* loop,
                            std::shared_ptr<Shared> shared) {
  error_code gone;  // its first read will tell
  socket.set_option(tcp::no_delay(true), gone);
  GiveUpOnSilence(socket, shared->limits.writing);
  asio::ip::address address = socket.remote_endpoint(gone).address();
  // An IPv4 client of a socket that takes both.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  std::string peer = address.to_string();
  const auto run = tls == nullptr ? &RunToEnd<PlainStream> : &RunToEnd<TlsStream>;
  return run(std::move(socket), std::move(peer), std::move(tls), loop, std::move(shared));
}

}  // namespace firstfloor::gateway
