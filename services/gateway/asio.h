// Asio and Beast as this program uses them. Include it before anything else of Boost.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_ASIO_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_ASIO_H_

#if defined(__clang__)
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif

// clang-format off
#include <utility>  // Asio 1.74 needs it and does not say so
// clang-format on
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_ASIO_H_
