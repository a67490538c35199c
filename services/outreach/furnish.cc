#include "services/outreach/furnish.h"

#include "common/program/house.h"
#include "services/outreach/enrolment_service.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/lecturer_service.h"
#include "services/outreach/lecturer_store.h"
#include "services/outreach/operations_service.h"
#include "services/outreach/outreach_statistics.h"
#include "services/outreach/series_service.h"
#include "services/outreach/series_store.h"
#include "services/outreach/session_service.h"
#include "services/outreach/session_store.h"
#include "services/outreach/statistics_service.h"
#include "services/outreach/venue_service.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {
namespace {

struct Furniture {
  explicit Furniture(program::House& house)
      : venues(house),
        lecturers(house),
        series(house),
        sessions(house),
        enrolments(house),
        venue_handlers(venues, sessions),
        lecturer_handlers(lecturers),
        series_handlers(series),
        session_handlers(house.environment(), {venues, lecturers, series, sessions, enrolments}),
        enrolment_handlers(house.environment(), sessions, enrolments),
        statistics_handlers(house.environment()),
        operations_handlers(fire()) {}

  timers::Fire fire() {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      return session_handlers.Fire(tx, timer, origin);
    };
  }

  VenueStore venues;
  LecturerStore lecturers;
  SeriesStore series;
  SessionStore sessions;
  EnrolmentStore enrolments;
  VenueHandlers venue_handlers;
  LecturerHandlers lecturer_handlers;
  SeriesHandlers series_handlers;
  SessionHandlers session_handlers;
  EnrolmentHandlers enrolment_handlers;
  StatisticsHandlers statistics_handlers;
  OperationsHandlers operations_handlers;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  furniture->venue_handlers.Register(house.AddService("firstfloor.outreach.v1.VenueService"));
  furniture->lecturer_handlers.Register(house.AddService("firstfloor.outreach.v1.LecturerService"));
  furniture->series_handlers.Register(house.AddService("firstfloor.outreach.v1.SeriesService"));
  furniture->session_handlers.Register(house.AddService("firstfloor.outreach.v1.SessionService"));
  furniture->enrolment_handlers.Register(house.AddService("firstfloor.outreach.v1.EnrolmentService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.outreach.v1.StatisticsService"));
  furniture->operations_handlers.Register(house.AddService("firstfloor.outreach.v1.OperationsService"));
  house.AddReader(statistics::kReader, "outreach", statistics::Projection());
  house.SetTimers(furniture->fire());
  return furniture;
}

}  // namespace firstfloor::outreach
