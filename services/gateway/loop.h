// One event loop: a thread, its connections, and how answers from other threads come back to it.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_LOOP_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_LOOP_H_

#include <atomic>
#include <functional>
#include <memory>
#include <set>

#include "services/gateway/asio.h"
#include "services/gateway/server.h"

namespace firstfloor::gateway {

// A connection, as the loop's end sees it. Only touched on the loop's thread.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  // Ends when the request under way is answered, or one that comes soon; at once if there is only a stream.
  virtual void EndSoon() = 0;
  // Lets go of what would hold it; its loop runs no more.
  virtual void CutOff() = 0;
};

// The connections' coroutines do not own their loop: they end with it. Answers on their way back do.
struct Loop : std::enable_shared_from_this<Loop> {
  std::set<OpenConnection*> open;
  bool ending = false;
  boost::asio::io_context io{1};  // the last member: what it holds when it ends still needs the others
};

// What all connections of a server share.
struct Shared {
  const Gateway& gateway;
  const Limits limits;
  std::atomic<int> connections{0};  // from being accepted to being closed
};

// Suspends the coroutine until `start`'s argument is called, on whichever thread, and goes on in the loop. A
// call that comes after the loop's end is dropped.
template <typename Result, typename Start>
boost::asio::awaitable<Result> Await(Loop* loop, Start start) {
  auto initiate = [loop, start](auto handler) mutable {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    start([owner = loop->shared_from_this(), resume](Result result) {
      boost::asio::post(owner->io,
                        [resume, result = std::move(result)]() mutable { (*resume)(std::move(result)); });
    });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result)>(
      std::move(initiate), boost::asio::use_awaitable);
}

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_LOOP_H_
