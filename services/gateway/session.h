// One connection: requests read, answers and streams written.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_SESSION_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_SESSION_H_

#include <memory>

#include "services/gateway/asio.h"
#include "services/gateway/loop.h"

namespace firstfloor::gateway {

// Serves the connection, which is counted in `shared` already, to its end, in the loop that the socket
// belongs to. `tls` null: without TLS.
boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket,
                                   std::shared_ptr<boost::asio::ssl::context> tls, Loop* loop,
                                   std::shared_ptr<Shared> shared);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_SESSION_H_
