#include "services/outreach/furnish.h"

#include "common/program/house.h"
#include "common/program/operations.h"
#include "firstfloor/outreach/v1/operations_service.pb.h"
#include "services/outreach/calendar_service.h"
#include "services/outreach/check_in_service.h"
#include "services/outreach/enrolment_service.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/erasure.h"
#include "services/outreach/feedback_service.h"
#include "services/outreach/lecturer_service.h"
#include "services/outreach/lecturer_store.h"
#include "services/outreach/local_hours.h"
#include "services/outreach/outreach_statistics.h"
#include "services/outreach/plan_service.h"
#include "services/outreach/question_service.h"
#include "services/outreach/question_store.h"
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
      : hours(HoursFromFlags().value()),  // checked before
        venues(house),
        lecturers(house),
        series(house),
        sessions(house),
        enrolments(house),
        questions(house),
        feedbacks(house),
        venue_handlers(venues, sessions),
        lecturer_handlers(lecturers),
        series_handlers(series),
        session_handlers(house.environment(), {venues, lecturers, series, sessions, enrolments, hours}),
        plan_handlers(house.environment(), {venues, lecturers, series, sessions, enrolments, hours}),
        check_in_handlers(house.environment(), sessions, enrolments),
        enrolment_handlers(house.environment(), sessions, enrolments),
        question_handlers(house.environment(), sessions, enrolments, questions),
        feedback_handlers(house.environment(), sessions, enrolments, feedbacks),
        calendar_handlers(house.environment(), venues, series, sessions),
        statistics_handlers(house.environment()),
        operations_handlers(house) {}

  timers::Fire fire() {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      return session_handlers.Fire(tx, timer, origin);
    };
  }

  const LocalHours hours;
  VenueStore venues;
  LecturerStore lecturers;
  SeriesStore series;
  SessionStore sessions;
  EnrolmentStore enrolments;
  QuestionStore questions;
  FeedbackStore feedbacks;
  VenueHandlers venue_handlers;
  LecturerHandlers lecturer_handlers;
  SeriesHandlers series_handlers;
  SessionHandlers session_handlers;
  PlanHandlers plan_handlers;
  CheckInHandlers check_in_handlers;
  EnrolmentHandlers enrolment_handlers;
  QuestionHandlers question_handlers;
  FeedbackHandlers feedback_handlers;
  CalendarHandlers calendar_handlers;
  StatisticsHandlers statistics_handlers;
  program::OperationsHandlers<v1::AdvanceTimersRequest, v1::AdvanceTimersResponse> operations_handlers;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  furniture->venue_handlers.Register(house.AddService("firstfloor.outreach.v1.VenueService"));
  furniture->lecturer_handlers.Register(house.AddService("firstfloor.outreach.v1.LecturerService"));
  furniture->series_handlers.Register(house.AddService("firstfloor.outreach.v1.SeriesService"));
  furniture->session_handlers.Register(house.AddService("firstfloor.outreach.v1.SessionService"));
  furniture->plan_handlers.Register(house.AddService("firstfloor.outreach.v1.PlanService"));
  furniture->check_in_handlers.Register(house.AddService("firstfloor.outreach.v1.CheckInService"));
  furniture->enrolment_handlers.Register(house.AddService("firstfloor.outreach.v1.EnrolmentService"));
  furniture->question_handlers.Register(house.AddService("firstfloor.outreach.v1.QuestionService"));
  furniture->feedback_handlers.Register(house.AddService("firstfloor.outreach.v1.FeedbackService"));
  furniture->calendar_handlers.Register(house.AddService("firstfloor.outreach.v1.CalendarService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.outreach.v1.StatisticsService"));
  house.SetErasure(
      ErasurePlan({furniture->venues, furniture->lecturers, furniture->series, furniture->sessions,
                   furniture->enrolments, furniture->questions, furniture->feedbacks}));
  house.SetTimers(furniture->fire());
  furniture->operations_handlers.Register(house.AddService("firstfloor.outreach.v1.OperationsService"));
  house.AddReader(statistics::kReader, "outreach", statistics::Projection(furniture->venues));
  return furniture;
}

}  // namespace firstfloor::outreach
