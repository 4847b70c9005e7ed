-- Each server looks by itself whether a table source is due, without writing anything.
delete from asof.scheduled_tasks where task_name = 'table-schedules';
